import type { Event } from '../protocol';
import { Speedometer } from './pace';

const DRAIN_ATTEMPTS = 100;
const DRAIN_PAUSE = 10; // ms

/** Where the training is, and what of it the page has been told. */
export class Meter {
  step = 0;
  stepsPerEpoch = 1;
  targetEpochs = 1;
  #reported = 0;
  #width = 3;
  #speed = new Speedometer();

  constructor(
    private readonly metrics: () => Promise<Float32Array>,
    private readonly send: (event: Event) => void,
  ) {}

  startOver(step: number, stepsPerEpoch: number, epochs: number, width: number): void {
    this.step = step;
    this.#width = width;
    this.stepsPerEpoch = stepsPerEpoch;
    this.targetEpochs = epochs;
    this.#reported = step;
    this.#speed = new Speedometer();
  }

  get target(): number {
    return this.targetEpochs * this.stepsPerEpoch;
  }

  get leftInEpoch(): number {
    return this.stepsPerEpoch - (this.step % this.stepsPerEpoch);
  }

  get atEpochEnd(): boolean {
    return this.step > 0 && this.step % this.stepsPerEpoch === 0;
  }

  /** The epochs that are left are not wanted any more. */
  endNow(): void {
    this.targetEpochs = Math.round(this.step / this.stepsPerEpoch);
  }

  start(): void {
    this.#speed.start(performance.now(), this.step);
  }

  stop(): void {
    this.#speed.stop(performance.now());
  }

  /** Tells the page what is new. Returns the first step whose loss is no number, if there is one. */
  async report(): Promise<number | null> {
    const points = await this.metrics();
    this.#reported += points.length / this.#width;
    const now = performance.now();
    this.#speed.passed(now, this.step);
    this.send({
      type: 'tick',
      points,
      step: this.step,
      stepsPerEpoch: this.stepsPerEpoch,
      targetEpochs: this.targetEpochs,
      stepsPerSecond: this.#speed.stepsPerSecond,
      trainingSeconds: this.#speed.seconds(now),
    });
    for (let i = 0; i < points.length; i += this.#width) {
      if (!Number.isFinite(points[i + 1])) return points[i]!;
    }
    return null;
  }

  /** Reports until the steps still in flight have been seen too. */
  async drain(): Promise<number | null> {
    for (let attempt = 0; attempt < DRAIN_ATTEMPTS; attempt++) {
      const diverged = await this.report();
      if (diverged !== null) return diverged;
      if (this.#reported >= this.step) return null;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_PAUSE));
    }
    return null;
  }
}
