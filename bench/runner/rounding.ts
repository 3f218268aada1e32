// How far the order of sums alone moves a loss: PyTorch against itself, the samples of each batch in other orders.
import { SPEC, type Workload } from '../common/spec';
import { median } from '../common/stats';
import type { Table } from './table';

/** The workloads whose losses are compared far on. */
export const COMPARED_FAR: Workload[] = ['W1', 'W2'];
/** Orders that are tried. */
export const ORDERS = 5;

/** Losses by number of the step, in one training after the other. */
export type Rounded = { [step: string]: number }[];

/** From the lowest to the highest, as a part of the median; what is not a number is as far away as can be. */
export function spread(values: number[]): number {
  const apart = (Math.max(...values) - Math.min(...values)) / Math.abs(median(values));
  return Number.isFinite(apart) ? apart : Infinity;
}

export function roundingTable(told: Partial<{ [W in Workload]: Rounded }>): Table[] {
  const all = Object.entries(told) as [Workload, Rounded][];
  if (!all.length) return [];
  const steps = Object.keys(all[0]![1][0]!);
  return [
    {
      title: 'How far rounding alone moves a loss',
      note: `PyTorch in f32, trained ${ORDERS} times with the samples of each batch in another order: the same sums, rounded otherwise. From the lowest to the highest loss, as a part of it. Other programs can't be held closer to each other than one to itself.`,
      head: ['workload', ...steps.map((step) => `step ${step}`)],
      rows: all.map(([workload, trainings]) => [
        `${workload} ${SPEC[workload].title}`,
        ...steps.map((step) => spread(trainings.map((losses) => losses[step]!)).toExponential(1)),
      ]),
    },
  ];
}
