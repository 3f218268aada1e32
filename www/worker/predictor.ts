import { digit_from_rgba } from '../pkg/trainyard.js';
import { CLASSES, PIXELS, TEST_DIGITS, type Event } from '../protocol';
import type { Dataset } from './dataset';
import { Share } from './pace';

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
  /** Whether the network reads digits. */
  on = false;

  constructor(
    private readonly dataset: () => Dataset | null,
    /** Null while there is no network. */
    private readonly predict: (pixels: Float32Array) => Promise<Float32Array | null>,
    private readonly send: (event: Event) => void,
  ) {}

  due(now: number): boolean {
    return this.on && this.#share.due(now);
  }

  /** Everything again, with the weights as they are now. */
  async refresh(): Promise<void> {
    if (!this.on) return;
    const start = performance.now();
    const digits = this.dataset()?.samples('test', 0, TEST_DIGITS)?.x ?? new Uint8Array();
    const drawing = this.#drawing;
    // Together: to the engine they are one batch.
    const pixels = new Float32Array(digits.length + (drawing?.length ?? 0));
    digits.forEach((value, i) => (pixels[i] = value / 255));
    if (drawing) pixels.set(drawing, digits.length);
    const all = pixels.length > 0 ? await this.predict(pixels) : null;
    if (all) {
      const split = (digits.length / PIXELS) * CLASSES;
      if (split > 0) this.send({ type: 'test-digits', probabilities: all.slice(0, split) });
      // A newer drawing, or none, may have come in meanwhile.
      if (drawing && drawing === this.#drawing) {
        this.send({ type: 'drawing', pixels: drawing, probabilities: all.slice(split) });
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
        const probabilities = (this.on && this.#drawing && (await this.predict(seen))) || new Float32Array();
        this.send({ type: 'drawing', pixels: seen, probabilities });
      }
    } finally {
      this.#busy = false;
    }
  }
}
