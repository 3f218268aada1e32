// A helper of the engine (team.ts): an instance of its module in a worker of its own.
import { ENDED, LISTENING, TASKS, take, type Job } from './job';
import init, { multiply } from './pkg/trainyard.js';

let state: Int32Array;
let started: Promise<unknown>;

async function start(module: WebAssembly.Module): Promise<void> {
  await init({ module_or_path: module });
  Atomics.add(state, LISTENING, 1);
}

function help(job: Job): void {
  const { rows, strides, beta, a, b, c } = job;
  const [m, k, n] = job.size as unknown as [number, number, number];
  for (let task = take(state, job); task >= 0; task = take(state, job)) {
    const [from, to] = [task * rows, Math.min(m, (task + 1) * rows)];
    let bit = task;
    try {
      const size = Uint32Array.of(to - from, k, n);
      const mine = strides[0] === k ? a.subarray(from * k, to * k) : a.subarray(from);
      multiply(size, strides, beta, mine, b, c.subarray(from * n, to * n));
    } catch {
      bit += TASKS; // the engine does it itself
    }
    Atomics.or(state, ENDED, 1 << bit);
    Atomics.notify(state, ENDED);
  }
}

self.onmessage = ({ data }: MessageEvent<Job | { module: WebAssembly.Module; state: Int32Array }>) => {
  if ('module' in data) {
    state = data.state;
    started = start(data.module);
  } else void started.then(() => help(data));
};
