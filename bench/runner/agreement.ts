// Two libraries that compute the same have the same losses; if they have not, no time of theirs can be compared.
import type { Workload } from '../common/spec';
import type { BrowserRun } from './records';
import { spread } from './rounding';
import { matches } from './summary';

/** Steps at which losses are compared, and how far they may lie apart, as a part of them. */
interface Compared {
  steps: number[];
  /** What libraries are expected to keep to. */
  wanted: number;
  /** What ends a run; the same, but where rounding alone does more. */
  most: number;
}

const TRAINING: Partial<{ [W in Workload]: Compared[] }> = {
  W1: [{ steps: [1, 10, 100, 200], wanted: 1e-3, most: 1e-3 }],
  W2: [
    { steps: [1, 10], wanted: 1e-3, most: 1e-3 },
    // Maxima and ReLU make its steps discontinuous: PyTorch differs from itself by 6e-3 and 5e-2 when the samples of
    // a batch come in another order ("How far rounding alone moves a loss" in docs/performance.md).
    { steps: [100, 200], wanted: 1e-3, most: 0.1 },
  ],
  W3: [{ steps: [1, 2, 4, 10], wanted: 5e-3, most: 5e-3 }],
  W5: [{ steps: [1, 2, 4, 10], wanted: 5e-3, most: 5e-3 }],
};
const CHECKSUMS = 1e-4;

export interface Agreement {
  workload: Workload;
  /** `step 10`, `512 × 512`. */
  at: string;
  /** By library. */
  values: Map<string, number>;
  /** How far they lie apart, as a part of them. */
  apart: number;
  wanted: number;
  most: number;
}

/** Whether libraries are as close as they are expected to be. */
export const agrees = ({ apart, wanted }: Agreement): boolean => apart <= wanted;

/** Whether they can be computing the same. */
export const credible = ({ apart, most }: Agreement): boolean => apart <= most;

/** Everything that at least two libraries told. */
export function agreements(run: BrowserRun): Agreement[] {
  const all = matches(run);
  const workloads = [...new Set(all.map(({ workload }) => workload))].sort();
  return workloads.flatMap((workload) => {
    const rows = all.filter((match) => match.workload === workload).flatMap((match) => match.rows);
    const collect = (
      at: string,
      wanted: number,
      most: number,
      of: (row: (typeof rows)[number]) => number | undefined,
    ) => {
      const values = new Map(rows.flatMap((row) => (of(row) === undefined ? [] : [[row.library, of(row)!]])));
      return values.size > 1
        ? [{ workload, at, values, wanted, most, apart: spread([...values.values()]) }]
        : [];
    };
    const sizes = new Set(rows.flatMap(({ cases }) => [...cases.keys()]).filter((name) => name !== ''));
    return [
      ...(TRAINING[workload] ?? []).flatMap(({ steps, wanted, most }) =>
        steps.flatMap((step) => collect(`step ${step}`, wanted, most, (row) => row.losses.get(step))),
      ),
      ...[...sizes].flatMap((n) =>
        collect(`${n} × ${n}`, CHECKSUMS, CHECKSUMS, (row) => row.cases.get(n)?.checksum),
      ),
    ];
  });
}

/** Says who is off. */
export function complaint({ workload, at, values, apart, most }: Agreement): string {
  const list = [...values].map(([library, value]) => `${library} ${value.toPrecision(6)}`).join(', ');
  return `${workload}, ${at}: the libraries differ by ${apart.toExponential(1)} (allowed ${most}): ${list}`;
}
