// How much to do at a time. Everything here only measures; the trainer decides.

/** Steps per call of `advance`, so that one call takes about `target` milliseconds. */
export class Pace {
  #steps = 1;
  #milliseconds = 0;
  #done = 0;

  constructor(private readonly target: number) {}

  get steps(): number {
    return this.#steps;
  }

  /** The past fades: a call that only queued work says little, several in a row say the truth. */
  took(steps: number, milliseconds: number): void {
    this.#milliseconds = this.#milliseconds * 0.7 + milliseconds;
    this.#done = this.#done * 0.7 + steps;
    const fitting = (this.target * this.#done) / Math.max(this.#milliseconds, 0.01);
    this.#steps = Math.max(1, Math.min(Math.round(fitting), this.#steps * 2, 256));
  }
}

/** Lets a side job (evaluation, predictions) have at most `share` of the time. */
export class Share {
  #next = 0;

  constructor(
    private readonly share: number,
    private readonly pause: number,
  ) {}

  due(now: number): boolean {
    return now >= this.#next;
  }

  spent(start: number, end: number): void {
    this.#next = end + Math.max(this.pause, (end - start) * (1 / this.share - 1));
  }
}

/** Steps per second over the last two seconds of training, and the seconds trained in all. */
export class Speedometer {
  #samples: { time: number; step: number }[] = [];
  #earlier = 0;
  #since: number | null = null;

  start(now: number, step: number): void {
    this.#since = now;
    this.#samples = [{ time: now, step }];
  }

  stop(now: number): void {
    if (this.#since !== null) this.#earlier += now - this.#since;
    this.#since = null;
  }

  passed(now: number, step: number): void {
    this.#samples.push({ time: now, step });
    while (this.#samples.length > 4 && now - this.#samples[1]!.time > 2000) this.#samples.shift();
  }

  get stepsPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.step === first.step) return null;
    return ((last.step - first.step) * 1000) / (last.time - first.time);
  }

  seconds(now: number): number {
    return (this.#earlier + (this.#since === null ? 0 : now - this.#since)) / 1000;
  }
}

/** One job at a time, in order: the engine may not be entered twice. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(job: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(job);
    this.#tail = result.catch(() => {});
    return result;
  }
}

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Lets the worker's other messages in; unlike a timer it costs microseconds, not milliseconds. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
