import { digit_from_rgba } from '../pkg/trainyard.js';
import { TEST_DIGITS, type Event } from '../protocol';
import type { Dataset } from './dataset';
import { Share } from './pace';
import { toFloats } from './review';

export interface Ink {
  rgba: Uint8ClampedArray;
  width: number;
  height: number;
}

/** What the network makes of the test digits and of the drawing, live while it learns. */
export class Predictor {
  #share = new Share(0.1, 200);
  #ink: Ink | null = null;
  #drawing: Float32Array | null = null;
  #busy = false;

  constructor(
    private readonly dataset: Dataset,
    /** Null while there is no network. */
    private readonly predict: (pixels: Float32Array) => Promise<Float32Array | null>,
    private readonly send: (event: Event) => void,
  ) {}

  due(now: number): boolean {
    return this.#share.due(now);
  }

  /** Everything again, with the weights as they are now. */
  async refresh(): Promise<void> {
    const start = performance.now();
    const digits = this.dataset.images('test', 0, TEST_DIGITS);
    if (digits) {
      const probabilities = await this.predict(toFloats(digits));
      if (probabilities) this.send({ type: 'test-digits', probabilities });
    }
    const drawing = this.#drawing;
    if (drawing) {
      const probabilities = await this.predict(drawing);
      // A newer drawing, or none, may have come in meanwhile.
      if (probabilities && drawing === this.#drawing) {
        this.send({ type: 'drawing', pixels: drawing, probabilities });
      }
    }
    this.#share.spent(start, performance.now());
  }

  /** Only the newest drawing counts: strokes arrive faster than a busy engine predicts. */
  async draw(ink: Ink | null): Promise<void> {
    this.#ink = ink;
    if (this.#busy) return;
    this.#busy = true;
    try {
      let done: Ink | null | undefined;
      while (done !== this.#ink) {
        done = this.#ink;
        const seen = done
          ? digit_from_rgba(new Uint8Array(done.rgba.buffer), done.width, done.height)
          : new Float32Array();
        this.#drawing = seen.length > 0 ? seen : null;
        const probabilities = (this.#drawing && (await this.predict(seen))) ?? new Float32Array();
        this.send({ type: 'drawing', pixels: seen, probabilities });
      }
    } finally {
      this.#busy = false;
    }
  }
}
