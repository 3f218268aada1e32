// Everything measured since the network was fresh. Plain columns: they grow to any length.

const SMOOTHING = 0.95;

export interface Point {
  step: number;
  loss: number;
  accuracy: number;
}

/** One measured quantity: as it was, and its exponential moving average without the start-up bias. */
export class Curve {
  raw: number[] = [];
  smooth: number[] = [];
  #average = 0;
  #weight = 0;

  push(value: number): void {
    this.#average = SMOOTHING * this.#average + (1 - SMOOTHING) * value;
    this.#weight = SMOOTHING * this.#weight + (1 - SMOOTHING);
    this.raw.push(value);
    this.smooth.push(this.#average / this.#weight);
  }

  get last(): number | null {
    return this.smooth.at(-1) ?? null;
  }
}

export type Quantity = 'loss' | 'accuracy';

export class History {
  readonly steps: number[] = [];
  readonly train: Record<Quantity, Curve> = { loss: new Curve(), accuracy: new Curve() };
  readonly validation: Point[] = [];
  /** Steps whose loss was NaN or infinite: marked, not left out. */
  readonly notFinite: number[] = [];

  add(points: Float32Array): void {
    for (let i = 0; i + 2 < points.length; i += 3) {
      const [step, loss, accuracy] = [points[i]!, points[i + 1]!, points[i + 2]!];
      if (Number.isFinite(loss) && Number.isFinite(accuracy)) {
        this.steps.push(step);
        this.train.loss.push(loss);
        this.train.accuracy.push(accuracy);
      } else {
        this.notFinite.push(step);
      }
    }
  }

  validated(point: Point): void {
    // Twice at one step (quick, then the whole set): the later one counts.
    if (this.validation.at(-1)?.step === point.step) this.validation.pop();
    this.validation.push(point);
  }

  /** About `rows` points, evenly spread, for the table. */
  sample(rows: number): { step: number; train: number; trainAccuracy: number; validation: Point | null }[] {
    const every = Math.max(1, Math.ceil(this.steps.length / rows));
    const result = [];
    let v = 0;
    for (let i = every - 1; i < this.steps.length; i += every) {
      const step = this.steps[i]!;
      while (v < this.validation.length && this.validation[v]!.step <= step) v++;
      result.push({
        step,
        train: this.train.loss.smooth[i]!,
        trainAccuracy: this.train.accuracy.smooth[i]!,
        validation: this.validation[v - 1] ?? null,
      });
    }
    return result;
  }
}
