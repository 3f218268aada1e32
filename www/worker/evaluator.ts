import type { DeviceInfo, Evaluation } from '../protocol';
import { Share, breathe } from './pace';

const QUICK = { samples: 1000, time: 600 }; // while training
const WHOLE = { samples: Infinity, time: 12_000 }; // at an epoch's end
const BATCH = 100; // the engine's; a part of one costs as much as the whole
const PATIENCE = 60; // ms: about how long one call may keep the worker from its messages

/** Loss and accuracy on the validation samples, in pieces small enough to keep the worker responsive. */
export class Evaluator {
  #share = new Share(0.2, 500);
  #piece = BATCH;
  #from = 0;
  #count = 0;
  owesEpoch = false;

  constructor(private readonly evaluate: (from: number, count: number) => Promise<Float32Array>) {}

  due(now: number): boolean {
    return this.#share.due(now);
  }

  epochEnded(): void {
    this.owesEpoch = true;
  }

  startOver({ from, count }: DeviceInfo['validation']): void {
    [this.#from, this.#count] = [from, count];
    this.#piece = BATCH;
    this.owesEpoch = false;
    this.#share = new Share(0.2, 500);
  }

  async quick(wanted: () => boolean): Promise<Evaluation | null> {
    const start = performance.now();
    const result = await this.#first(QUICK, wanted);
    this.#share.spent(start, performance.now());
    return result;
  }

  async epoch(wanted: () => boolean): Promise<Evaluation | null> {
    const start = performance.now();
    const result = await this.#first(WHOLE, wanted);
    this.#share.spent(start, performance.now());
    if (result || wanted()) this.owesEpoch = false;
    return result;
  }

  /** Null when there is nothing to evaluate on, or when nobody wants to know any more. */
  async #first(most: { samples: number; time: number }, wanted: () => boolean): Promise<Evaluation | null> {
    let count = 0;
    let sums: number[] = [];
    const begun = performance.now();
    const end = this.#from + Math.min(most.samples, this.#count);
    for (let from = this.#from; from < end && (count === 0 || performance.now() - begun < most.time);) {
      const start = performance.now();
      const asked = Math.min(this.#piece, end - from);
      const [loss = 0, accuracy = NaN, seen = 0, ...terms] = await this.evaluate(from, asked);
      // Samples that have not arrived are not waited for.
      if (seen === 0) break;
      from += asked;
      count += seen;
      sums = [loss, accuracy, ...terms].map((value, i) => (sums[i] ?? 0) + value * seen);
      const took = performance.now() - start;
      if (took < PATIENCE / 2) this.#piece = Math.min(this.#piece * 2, QUICK.samples);
      if (took > PATIENCE) this.#piece = Math.max(Math.floor(this.#piece / 2 / BATCH), 1) * BATCH;
      await breathe();
      if (!wanted()) return null;
    }
    if (count === 0) return null;
    const [loss = NaN, accuracy = NaN, ...terms] = sums.map((sum) => sum / count);
    return { loss, accuracy: Number.isNaN(accuracy) ? null : accuracy, count, terms };
  }
}
