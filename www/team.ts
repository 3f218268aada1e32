// Workers that help the engine with products of big matrices (src/web/team.rs), where the page may share memory: that is,
// where its host sends COOP and COEP. Without these nothing changes. A task is some rows of the product; whoever is free
// takes the next, so a helper that is late, or not there yet, costs nothing.
import { ENDED, JOBS, LISTENING, NEXT, take, TASKS, type Job } from './job';
import { engine_module, join_team } from './pkg/trainyard.js';

/** ms after which a helper is given up. */
const PATIENCE = 10_000;

/** The engine's thread and its helpers. */
export class Team {
  /** Of a task. */
  rows = 0;
  /** The engine's own and the helpers'. */
  readonly threads: number;
  /** Products that helpers were asked for. */
  shared = 0;
  #state = new Int32Array(new SharedArrayBuffer(16));
  #memory: Float32Array = new Float32Array();
  #helpers: Worker[] = [];
  #job: Job | undefined;
  /** A bit for each task that this thread has taken. */
  #own = 0;

  constructor(threads: number) {
    this.threads = threads;
  }

  /** Starts the helpers. */
  start(): void {
    while (this.#helpers.length < this.threads - 1) {
      const helper = new Worker(new URL('./helper.ts', import.meta.url), {
        type: 'module',
        name: 'trainyard-helper',
      });
      helper.postMessage({ module: engine_module(), state: this.#state });
      this.#helpers.push(helper);
    }
  }

  /** Ends them; the next big product starts new ones. */
  end(): void {
    for (const helper of this.#helpers) helper.terminate();
    this.#helpers = [];
    this.#state = new Int32Array(new SharedArrayBuffer(16));
    this.#memory = new Float32Array();
  }

  /** Resolves when the helpers that were started listen. */
  async settled(): Promise<void> {
    while (Atomics.load(this.#state, LISTENING) < this.#helpers.length)
      await new Promise((go) => setTimeout(go, 5));
  }

  /** Whether helpers take part in c[m, n] = a · b + beta · c; without beta, c is empty. */
  offer(
    size: Uint32Array,
    strides: Uint32Array,
    beta: number,
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
  ): boolean {
    this.start();
    if (Atomics.load(this.#state, LISTENING) === 0) return false;
    const [m, , n] = size as unknown as [number, number, number];
    // Two tasks a thread: they do not all run at one speed. The kernel's tiles have 4 rows.
    this.rows = 4 * Math.ceil(m / (8 * this.threads));
    const tasks = Math.ceil(m / this.rows);
    const room = this.#room(a.length, b.length, m * n);
    if (!room) return false;
    const [sharedA, sharedB, sharedC] = room;
    sharedA.set(a);
    sharedB.set(b);
    sharedC.set(c);
    this.shared += 1;
    const job: Job = {
      number: this.shared % JOBS,
      tasks,
      rows: this.rows,
      size: size.slice(),
      strides: strides.slice(),
      beta,
      a: sharedA,
      b: sharedB,
      c: sharedC,
    };
    this.#job = job;
    this.#own = 0;
    Atomics.store(this.#state, ENDED, 0);
    Atomics.store(this.#state, NEXT, job.number * TASKS);
    for (const helper of this.#helpers) helper.postMessage(job);
    return true;
  }

  /** This thread's next task; -1 if all are taken. */
  take(): number {
    const task = take(this.#state, this.#job!);
    if (task >= 0) this.#own |= 1 << task;
    return task;
  }

  /** Waits for the helpers and copies their parts of c; a bit for each task that is left to be done. */
  collect(c: Float32Array): number {
    const { tasks, rows, size, c: shared } = this.#job!;
    const all = 2 ** tasks - 1;
    const end = performance.now() + PATIENCE;
    let ended = Atomics.load(this.#state, ENDED);
    while ((this.#own | (ended & all) | (ended >>> TASKS)) !== all && performance.now() < end) {
      // A page's own thread must not wait; there it looks again and again.
      if (!('document' in globalThis)) Atomics.wait(this.#state, ENDED, ended, PATIENCE);
      ended = Atomics.load(this.#state, ENDED);
    }
    const part = rows * size[2]!;
    for (let task = 0; task < tasks; task++)
      if ((ended >> task) & 1) c.set(shared.subarray(task * part, (task + 1) * part), task * part);
    const left = all & ~(this.#own | ended);
    if (left !== 0) this.end(); // a new job must not meet who is still at this one
    return left;
  }

  /** Parts of the shared memory, if there is enough. */
  #room(...lengths: [number, number, number]): [Float32Array, Float32Array, Float32Array] | undefined {
    const [a, b, c] = lengths;
    if (this.#memory.length < a + b + c)
      try {
        this.#memory = new Float32Array(new SharedArrayBuffer(4 * (a + b + c)));
      } catch {
        return undefined;
      }
    const part = (from: number, length: number) => this.#memory.subarray(from, from + length);
    return [part(0, a), part(a, b), part(a + b, c)];
  }
}

/** The team, where there can be one. */
export let team: Team | undefined;

/** Lets the engine, which has started, have helpers if it can. */
export function gather(): void {
  const threads = Math.min(navigator.hardwareConcurrency, 4);
  if (!globalThis.crossOriginIsolated || threads < 2) return;
  team = new Team(threads);
  join_team(team);
}
