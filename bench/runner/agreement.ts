// Two libraries that compute the same have the same losses; if they have not, no time of theirs can be compared.
import type { Workload } from '../common/spec';
import { median } from '../common/stats';
import type { BrowserRun } from './records';
import { matches } from './summary';

/** Steps at which losses are compared, and how far they may lie apart, as a part of them. */
const TRAINING: Partial<{ [W in Workload]: { steps: number[]; tolerance: number } }> = {
  W1: { steps: [1, 10, 100, 200], tolerance: 1e-3 },
  W2: { steps: [1, 10, 100, 200], tolerance: 1e-3 },
  W3: { steps: [1, 2, 4, 10], tolerance: 5e-3 },
  W5: { steps: [1, 2, 4, 10], tolerance: 5e-3 },
};
const CHECKSUMS = 1e-4;

export interface Agreement {
  workload: Workload;
  /** `step 10`, `512 × 512`. */
  at: string;
  /** By library. */
  values: Map<string, number>;
  /** From the lowest to the highest, as a part of the median. */
  apart: number;
  tolerance: number;
}

export const agrees = ({ apart, tolerance }: Agreement): boolean => apart <= tolerance;

/** Everything that at least two libraries told. */
export function agreements(run: BrowserRun): Agreement[] {
  const all = matches(run);
  const workloads = [...new Set(all.map(({ workload }) => workload))].sort();
  return workloads.flatMap((workload) => {
    const rows = all.filter((match) => match.workload === workload).flatMap((match) => match.rows);
    const collect = (
      at: string,
      tolerance: number,
      of: (row: (typeof rows)[number]) => number | undefined,
    ) => {
      const values = new Map(rows.flatMap((row) => (of(row) === undefined ? [] : [[row.library, of(row)!]])));
      return values.size > 1 ? [agreement(workload, at, values, tolerance)] : [];
    };
    const { steps, tolerance } = TRAINING[workload] ?? { steps: [], tolerance: 0 };
    const sizes = new Set(rows.flatMap(({ cases }) => [...cases.keys()]).filter((name) => name !== ''));
    return [
      ...steps.flatMap((step) => collect(`step ${step}`, tolerance, (row) => row.losses.get(step))),
      ...[...sizes].flatMap((n) => collect(`${n} × ${n}`, CHECKSUMS, (row) => row.cases.get(n)?.checksum)),
    ];
  });
}

function agreement(
  workload: Workload,
  at: string,
  values: Map<string, number>,
  tolerance: number,
): Agreement {
  const all = [...values.values()];
  const apart = (Math.max(...all) - Math.min(...all)) / Math.abs(median(all));
  // What is not a number is as far away as can be.
  return { workload, at, values, tolerance, apart: Number.isFinite(apart) ? apart : Infinity };
}

/** Says who is off. */
export function complaint({ workload, at, values, apart, tolerance }: Agreement): string {
  const list = [...values].map(([library, value]) => `${library} ${value.toPrecision(6)}`).join(', ');
  return `${workload}, ${at}: the libraries differ by ${apart.toExponential(1)} (allowed ${tolerance}): ${list}`;
}
