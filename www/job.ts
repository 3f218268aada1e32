// A product of matrices that a team works at (team.ts), and how its members share it out.

/** Places in a team's state: the job and its next task; which tasks helpers have ended; how many helpers listen. */
export const NEXT = 0;
export const ENDED = 1;
export const LISTENING = 2;
/**
 * More than a job has tasks. `NEXT` is the number of the job times this, and the next task; `ENDED` has a bit for each
 * task that is done and, from this on, a bit for each that failed.
 */
export const TASKS = 16;
/** Numbers of jobs are below this: then `NEXT` fits its place. */
export const JOBS = 2 ** 26;

/** Memory is shared. */
export interface Job {
  number: number;
  tasks: number;
  rows: number;
  /** m, k, n. */
  size: Uint32Array;
  /** Of rows and columns of a, then of b. */
  strides: Uint32Array;
  beta: number;
  a: Float32Array;
  b: Float32Array;
  c: Float32Array;
}

/** The next task of a job; -1 if all are taken, or it is over. */
export function take(state: Int32Array, { number, tasks }: Pick<Job, 'number' | 'tasks'>): number {
  for (;;) {
    const next = Atomics.load(state, NEXT);
    const task = next - number * TASKS;
    if (task < 0 || task >= tasks) return -1;
    if (Atomics.compareExchange(state, NEXT, next, next + 1) === next) return task;
  }
}
