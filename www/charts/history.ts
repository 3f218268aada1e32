// Everything measured since the network was fresh. Plain columns: they grow to any length.

const SMOOTHING = 0.95;

export interface Point {
  step: number;
  loss: number;
  accuracy: number | null;
  /** Of the first phase's loss. */
  terms: number[];
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

export interface Row {
  step: number;
  train: number;
  trainAccuracy: number;
  measures: number[];
  validation: Point | null;
}

/** A number: a measure of a step, by its place. */
export type Quantity = 'loss' | 'accuracy' | number;

export class History {
  readonly steps: number[] = [];
  readonly loss = new Curve();
  readonly accuracy = new Curve();
  readonly measures: Curve[];
  readonly validation: Point[] = [];
  /** Steps whose loss was NaN or infinite: marked, not left out. */
  readonly notFinite: number[] = [];

  constructor(readonly width = 3) {
    this.measures = Array.from({ length: width - 3 }, () => new Curve());
  }

  curve(quantity: Quantity): Curve {
    return typeof quantity === 'number' ? this.measures[quantity]! : this[quantity];
  }

  add(points: Float32Array): void {
    for (let i = 0; i + this.width <= points.length; i += this.width) {
      const [step, loss, accuracy] = [points[i]!, points[i + 1]!, points[i + 2]!];
      if (Number.isFinite(loss)) {
        this.steps.push(step);
        this.loss.push(loss);
        // NaN where nothing is right or wrong; such a curve is not drawn.
        this.accuracy.push(Number.isFinite(accuracy) ? accuracy : 0);
        // A phase that rests measures nothing: its curve stays where it was.
        this.measures.forEach((curve, k) => {
          const value = points[i + 3 + k]!;
          curve.push(Number.isFinite(value) ? value : (curve.raw.at(-1) ?? 0));
        });
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
  sample(rows: number): Row[] {
    const every = Math.max(1, Math.ceil(this.steps.length / rows));
    const result: Row[] = [];
    let v = 0;
    for (let i = every - 1; i < this.steps.length; i += every) {
      const step = this.steps[i]!;
      while (v < this.validation.length && this.validation[v]!.step <= step) v++;
      result.push({
        step,
        train: this.loss.smooth[i]!,
        trainAccuracy: this.accuracy.smooth[i]!,
        measures: this.measures.map((curve) => curve.smooth[i]!),
        validation: this.validation[v - 1] ?? null,
      });
    }
    return result;
  }
}
