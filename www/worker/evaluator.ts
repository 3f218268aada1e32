import type { Dataset } from './dataset';
import { Share, breathe } from './pace';

export interface Evaluation {
  loss: number;
  accuracy: number;
  count: number;
}

const QUICK = 1000; // test images while training; at an epoch's end all of them
const BATCH = 100; // the engine's; a part of one costs as much as the whole
const PATIENCE = 60; // ms: about how long one call may keep the worker from its messages

/** Loss and accuracy on the test images, in pieces small enough to keep the worker responsive. */
export class Evaluator {
  #share = new Share(0.2, 500);
  #piece = BATCH;
  owesEpoch = false;

  constructor(
    private readonly dataset: Dataset,
    private readonly evaluate: (from: number, count: number) => Promise<Float32Array>,
  ) {}

  due(now: number): boolean {
    return this.#share.due(now);
  }

  epochEnded(): void {
    this.owesEpoch = true;
  }

  startOver(): void {
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
    const result = await this.#first(Infinity, wanted);
    this.#share.spent(start, performance.now());
    if (result || this.dataset.available('test') === 0) this.owesEpoch = false;
    return result;
  }

  /** Null when there is nothing to evaluate on, or when nobody wants to know any more. */
  async #first(count: number, wanted: () => boolean): Promise<Evaluation | null> {
    const sum = { loss: 0, accuracy: 0, count: 0 };
    const end = Math.min(count, this.dataset.total.test);
    for (let from = 0; from < end;) {
      const start = performance.now();
      const asked = Math.min(this.#piece, end - from);
      const [loss = 0, accuracy = 0, seen = 0] = await this.evaluate(from, asked);
      from += asked;
      if (seen > 0) {
        sum.loss += loss * seen;
        sum.accuracy += accuracy * seen;
        sum.count += seen;
      }
      const took = performance.now() - start;
      if (took < PATIENCE / 2) this.#piece = Math.min(this.#piece * 2, QUICK);
      if (took > PATIENCE) this.#piece = Math.max(Math.floor(this.#piece / 2 / BATCH), 1) * BATCH;
      await breathe();
      if (!wanted()) return null;
    }
    if (sum.count === 0) return null;
    return { loss: sum.loss / sum.count, accuracy: sum.accuracy / sum.count, count: sum.count };
  }
}
