import type { History } from './history';

/** x, then a column a curve, then the validation: what uPlot draws. `undefined`: no value at that x, and no gap. */
export type Columns = [number[], ...Value[][]];
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
export function columns(
  { steps }: History,
  curves: number[][],
  points: [step: number, value: number][],
  pixels: number,
): Columns {
  const count = steps.length;
  if (count <= pixels * 2) return merge(steps, curves, points);
  const x: number[] = [];
  const thin = curves.map((): number[] => []);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = Math.floor((pixel * count) / pixels);
    const to = Math.floor(((pixel + 1) * count) / pixels);
    x.push(steps[from]!, steps[to - 1]!);
    curves.forEach((curve, k) => thin[k]!.push(...extremes(curve, from, to)));
  }
  return merge(x, thin, points);
}

/** Curves and points over one x axis. */
function merge(x: number[], curves: number[][], points: [number, number][]): Columns {
  const result: Columns = [[], ...curves.map((): Value[] => []), []];
  const push = (at: number, values: Value[]) => {
    result[0].push(at);
    values.forEach((value, k) => (result[k + 1] as Value[]).push(value));
  };
  const none = curves.map(() => undefined);
  let v = 0;
  const pushPoint = () => push(points[v]![0], [...none, points[v++]![1]]);
  for (let i = 0; i < x.length; i++) {
    while (v < points.length && points[v]![0] < x[i]!) pushPoint();
    const meets = v < points.length && points[v]![0] === x[i];
    push(x[i]!, [...curves.map((curve) => curve[i]), meets ? points[v++]![1] : undefined]);
  }
  while (v < points.length) pushPoint();
  return result;
}
