// Medians, quartiles and ratios of a browser run.
import type { Counts } from '../common/counters';
import type { Workload } from '../common/spec';
import { median, quantile } from '../common/stats';
import { isNothing, isOurs, LIBRARIES, type Engine } from './libraries';
import { multiplied, refusal, trained, type BrowserRun, type Record } from './records';

/** Of many values: what is typical and how far they lie apart. */
export interface Spread {
  low: number;
  median: number;
  high: number;
}

const quartiles = (values: number[]): Spread => ({
  low: quantile(values, 0.25),
  median: median(values),
  high: quantile(values, 0.75),
});

const extremes = (values: number[]): Spread => ({
  low: Math.min(...values),
  median: median(values),
  high: Math.max(...values),
});

/** What a library did on a workload: one figure for a training workload, one for each size of a product. */
export interface Row {
  library: string;
  /** Why there is no figure. */
  refused?: string;
  /** By case: `''` of a workload that trains, `'256'` and so on of products. */
  cases: Map<string, Case>;
  /** ms from the start of the page to the end of the first step. */
  firstStep?: number;
  /** Most bytes of GPU buffers at once. */
  peakBytes?: number;
  /** ms/step if every loss is read. */
  readEach?: number;
  losses: Map<number, number>;
  /** Steps that the calls were counted over, with one read at their end. */
  countedSteps?: number;
  /** Whether the time was up before enough steps were timed. */
  cut: boolean;
}

export interface Case {
  /** ms per step or product: quartiles over all blocks of all rounds. */
  ms: Spread;
  /** Medians of the rounds, by round. */
  rounds: Map<number, number>;
  /** WebGPU calls per step. */
  counts: Counts | null;
  checksum?: number;
}

/** Ours against the best peer, in one case. */
export interface Comparison {
  peer: string;
  /** Of the medians over all rounds: how many times as fast ours is. */
  ratio: number;
  /** The same within each round, against the peer that was best in it. */
  rounds: Spread;
}

/** A workload on an engine. */
export interface Match {
  workload: Workload;
  engine: Engine;
  /** In the order of the libraries. */
  rows: Row[];
  /** ms from the start of a page that computes nothing to the end of its first step. */
  nothing?: number;
}

/** One of our rows against the peers' of the same match. */
export interface Duel extends Match {
  ours: Row;
  peers: Row[];
  /** By case. */
  comparisons: Map<string, Comparison>;
  /** ms to the first step of the peer that is there first. */
  quickest?: number;
  /** Our peak memory as a part of the thriftiest peer's. */
  memoryPart?: number;
}

const own = ({ library }: Row): boolean => isOurs(LIBRARIES[library]!);

/** Every workload on every engine that was measured. */
export function matches(run: BrowserRun): Match[] {
  const workloads = [...new Set(run.records.map(({ workload }) => workload))].sort();
  const all = (['gpu', 'cpu'] as const).flatMap((engine) =>
    workloads.map((workload) => ({ engine, workload })),
  );
  return all.flatMap(({ engine, workload }) => {
    const names = Object.keys(LIBRARIES).filter((name) => LIBRARIES[name]!.engine === engine);
    const rows = names.flatMap((name) => {
      const records = run.records.filter((record) => record.workload === workload && record.library === name);
      return records.length ? [row(name, records)] : [];
    });
    const idle = ({ library }: Row) => isNothing(LIBRARIES[library]!);
    const working = rows.filter((row) => !idle(row));
    if (!working.length) return [];
    return [{ workload, engine, rows: working, nothing: rows.find(idle)?.firstStep }];
  });
}

/** Every row of ours against the peers. */
export function duels(match: Match): Duel[] {
  const peers = match.rows.filter((row) => !own(row));
  const least = (of: (row: Row) => number | undefined) => {
    const told = peers.flatMap((peer) => of(peer) ?? []);
    return told.length ? Math.min(...told) : NaN;
  };
  const finite = (value: number) => (Number.isFinite(value) ? value : undefined);
  return match.rows.filter(own).map((ours) => {
    const compared = [...ours.cases.keys()].map((name) => [name, compare(name, ours, peers)] as const);
    return {
      ...match,
      ours,
      peers,
      comparisons: new Map(
        compared.flatMap(([name, comparison]) => (comparison ? [[name, comparison]] : [])),
      ),
      quickest: finite(least(({ firstStep }) => firstStep)),
      memoryPart: finite((ours.peakBytes ?? NaN) / least(({ peakBytes }) => peakBytes)),
    };
  });
}

function row(library: string, records: Record[]): Row {
  const row: Row = { library, cases: new Map(), losses: new Map(), cut: false };
  const training = records.flatMap((record) => trained(record) ?? []);
  const products = records.flatMap((record) => multiplied(record) ?? []);
  if (training.length) {
    const byRound = new Map(records.flatMap((record) => rounds(record.round, trained(record)?.blocks)));
    const ms = quartiles(training.flatMap(({ blocks }) => blocks));
    const longest = training.reduce((most, one) => (one.countedSteps > most.countedSteps ? one : most));
    row.cases.set('', { ms, rounds: byRound, counts: longest.counts });
    row.countedSteps = longest.countedSteps;
    row.losses = new Map(Object.entries(training[0]!.losses).map(([step, loss]) => [Number(step), loss]));
    row.cut = training.some(({ cut }) => cut);
    row.readEach = median(training.flatMap(({ syncMs }) => syncMs ?? []));
    if (LIBRARIES[library]!.engine === 'gpu')
      row.peakBytes = Math.max(...training.map(({ peakBytes }) => peakBytes ?? NaN));
  }
  for (const n of Object.keys(products[0]?.sizes ?? {})) {
    const sizes = products.map(({ sizes }) => sizes[Number(n)]!);
    const byRound = new Map(
      records.flatMap((record) => rounds(record.round, multiplied(record)?.sizes[Number(n)]?.blocks)),
    );
    const ms = quartiles(sizes.flatMap(({ blocks }) => blocks));
    row.cases.set(n, { ms, rounds: byRound, counts: sizes.at(-1)!.counts, checksum: sizes[0]!.checksum });
  }
  if (row.cases.size)
    row.firstStep = median([...training, ...products].map(({ pageToFirstStepMs }) => pageToFirstStepMs));
  else row.refused = refusal(records[0]!) ?? 'no answer';
  return row;
}

const rounds = (round: number, blocks: number[] | undefined): [number, number][] =>
  blocks ? [[round, median(blocks)]] : [];

function compare(name: string, ours: Row, peers: Row[]): Comparison | undefined {
  const own = ours.cases.get(name)!;
  const others = peers.flatMap((peer) => {
    const theirs = peer.cases.get(name);
    return theirs ? [{ library: peer.library, ...theirs }] : [];
  });
  const [best] = others.sort((a, b) => a.ms.median - b.ms.median);
  if (!best) return undefined;
  const ratios = [...own.rounds].flatMap(([round, ms]) => {
    const theirs = others.flatMap((other) => other.rounds.get(round) ?? []);
    return theirs.length ? [Math.min(...theirs) / ms] : [];
  });
  return { peer: best.library, ratio: best.ms.median / own.ms.median, rounds: extremes(ratios) };
}

/** Operations per second of n × n products that take `ms`, in GFLOP/s. */
export const gflops = (n: number, ms: number): number => (2 * n ** 3) / ms / 1e6;

/** Our products' part of the adapter's multiply-adds, measured in the same round. */
export function partOfCeiling(run: BrowserRun, duel: Duel, name: string): Spread | undefined {
  const own = duel.ours?.cases.get(name);
  if (!own || duel.engine !== 'gpu') return undefined;
  const parts = run.adapter.flatMap(({ round, result }) => {
    const ms = own.rounds.get(round);
    return result && ms ? [gflops(Number(name), ms) / result.ceiling.gflops] : [];
  });
  return parts.length ? extremes(parts) : undefined;
}
