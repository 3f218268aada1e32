// What the project has set itself to reach, and whether a run shows it.
import type { Workload } from '../common/spec';
import { agreements, agrees } from './agreement';
import type { BrowserRun } from './records';
import { percent, plural, times } from './table';
import { duels, matches, partOfCeiling, type Duel } from './summary';

export interface Target {
  what: string;
  wanted: string;
  got: string;
  met: boolean;
}

/** Steps per second against the best peer, by library of ours. */
const SPEED: { [library: string]: Partial<{ [W in Workload]: number }> } = {
  ours: { W1: 5, W2: 5, W3: 2.5, W4: 1.7, W5: 4 },
  'ours-cpu': { W1: 3, W2: 8, W3: 1, W4: 1, W5: 3 },
  'ours-cpu-alone': { W4: 0.6 },
};
const CEILING = 0.4;
const DISPATCHES: Partial<{ [W in Workload]: number }> = { W1: 8, W2: 20, W3: 75, W5: 14 };
const SUBMISSIONS = 0.2;
const FIRST_STEP = 0.5;
const MEMORY = 0.6;

export function targets(run: BrowserRun): Target[] {
  const all = matches(run).flatMap(duels);
  return [...all.flatMap((duel) => [...speed(run, duel), ...calls(duel), ...thrift(duel)]), ...losses(run)];
}

/** How many times as fast as the best peer ours is to be. */
export const speedTarget = ({ ours, workload }: Duel): number | undefined => SPEED[ours.library]?.[workload];

function speed(run: BrowserRun, duel: Duel): Target[] {
  const wanted = speedTarget(duel);
  if (wanted === undefined) return [];
  return [...duel.comparisons].flatMap(([name, { ratio, rounds, peer }]) => {
    const task = `${duel.workload}${name && ` ${name} × ${name}`}`;
    const speed = {
      what: `${task}, ${duel.ours.library} against ${peer}`,
      wanted: `≥ ${wanted}×`,
      got: `${times(ratio)} (rounds ${times(rounds.low)} to ${times(rounds.high)})`,
      met: ratio >= wanted,
    };
    const part = name ? partOfCeiling(run, duel, name) : undefined;
    if (!part) return [speed];
    const share = {
      what: `${task}, part of the adapter's multiply-adds`,
      wanted: `≥ ${percent(CEILING)}`,
      got: `${percent(part.median)} (rounds ${percent(part.low)} to ${percent(part.high)})`,
      met: part.median >= CEILING,
    };
    return [speed, share];
  });
}

function calls({ workload, engine, ours }: Duel): Target[] {
  const counts = ours.cases.get('')?.counts;
  const most = DISPATCHES[workload];
  if (engine !== 'gpu' || !counts || most === undefined) return [];
  const of = (...names: string[]) => names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  // The one read at the end is a submission, too.
  const over = ours.countedSteps ? ` (${plural(ours.countedSteps, 'step')} and a read)` : '';
  const target = (what: string, got: number, limit: number) => ({
    what: `${workload}, ${what} per step`,
    wanted: limit === 0 ? '0' : `≤ ${limit}`,
    got: `${Number(got.toFixed(2))}${over}`,
    met: got <= limit + 1e-9,
  });
  return [
    target('dispatches', of('dispatch'), most),
    target('submissions', of('submit'), SUBMISSIONS),
    target('objects made', of('createBuffer', 'bindGroup', 'pipeline', 'pipelineAsync', 'shaderModule'), 0),
  ];
}

function thrift({ workload, ours, quickest, memoryPart }: Duel): Target[] {
  const firstStepPart = quickest && ours.firstStep && ours.firstStep / quickest;
  const target = (what: string, part: number | undefined, most: number) =>
    part === undefined
      ? []
      : [
          {
            what: `${workload}, ${ours.library}: ${what}`,
            wanted: `≤ ${percent(most)}`,
            got: percent(part),
            met: part <= most,
          },
        ];
  return [
    ...target("time to the first step, part of the quickest peer's", firstStepPart, FIRST_STEP),
    ...target("peak GPU memory, part of the thriftiest peer's", memoryPart, MEMORY),
  ];
}

function losses(run: BrowserRun): Target[] {
  return agreements(run)
    .filter(({ at }) => at.startsWith('step'))
    .map((one) => ({
      what: `${one.workload}, ${one.at}: losses agree between ${one.values.size} libraries`,
      wanted: `within ${one.wanted}`,
      got: one.apart.toExponential(1),
      met: agrees(one),
    }));
}
