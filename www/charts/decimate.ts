import type { History, Quantity } from './history';

/** x, raw, smooth, validation: the columns uPlot draws. `undefined`: no value at that x, and no gap. */
export type Columns = [number[], Value[], Value[], Value[]];
type Value = number | undefined;

/** The smallest and the largest value of each pixel, in the order in which they came. */
function extremes(values: number[], from: number, to: number): [number, number] {
  let low = from;
  let high = from;
  for (let i = from + 1; i < to; i++) {
    if (values[i]! < values[low]!) low = i;
    if (values[i]! > values[high]!) high = i;
  }
  return low <= high ? [values[low]!, values[high]!] : [values[high]!, values[low]!];
}

/** At most two points a pixel, so that a million steps are drawn as fast as a thousand. */
export function columns(history: History, quantity: Quantity, pixels: number): Columns {
  const { steps, train, validation } = history;
  const { raw, smooth } = train[quantity];
  const count = steps.length;
  let curve: [number[], number[], number[]] = [steps, raw, smooth];
  if (count > pixels * 2) {
    curve = [[], [], []];
    for (let pixel = 0; pixel < pixels; pixel++) {
      const from = Math.floor((pixel * count) / pixels);
      const to = Math.floor(((pixel + 1) * count) / pixels);
      curve[0].push(steps[from]!, steps[to - 1]!);
      curve[1].push(...extremes(raw, from, to));
      curve[2].push(...extremes(smooth, from, to));
    }
  }
  return merge(
    curve,
    validation.map((point) => [point.step, point[quantity]]),
  );
}

/** Two curves over one x axis. */
function merge([x, raw, smooth]: [number[], number[], number[]], points: [number, number][]): Columns {
  const result: Columns = [[], [], [], []];
  const push = (at: number, a: Value, b: Value, c: Value) => {
    result[0].push(at);
    result[1].push(a);
    result[2].push(b);
    result[3].push(c);
  };
  let v = 0;
  for (let i = 0; i < x.length; i++) {
    for (; v < points.length && points[v]![0] < x[i]!; v++) {
      push(points[v]![0], undefined, undefined, points[v]![1]);
    }
    const meets = v < points.length && points[v]![0] === x[i];
    push(x[i]!, raw[i], smooth[i], meets ? points[v++]![1] : undefined);
  }
  for (; v < points.length; v++) push(points[v]![0], undefined, undefined, points[v]![1]);
  return result;
}
