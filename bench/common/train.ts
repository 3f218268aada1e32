// Training, timed in blocks: issue some steps, then wait for the last loss and for the parameters it leads to.
import { between, counted, type Counts } from './counters';
import { loadBatches, type Batch, type Source } from './data';
import type { Options } from './driver';
import { initParams, type Params } from './init';
import { perStep, type Specs, type TrainingWorkload } from './spec';
import { median } from './stats';

/** A dispatch of a step, as a library plans it. */
export interface Planned {
  /** The ops that it computes. */
  label: string;
  kernel: string;
  flops: number;
  bytes: number;
}

/** A library's training of one workload. */
export interface Trainer<Handle> {
  /** One step of the optimizer. It may return before the device is done; what it returns stands for the loss. */
  step(batch: Batch): Handle | Promise<Handle>;
  /** Frees a loss that nobody will read. */
  drop?(handle: Handle): void;
  /** Waits until everything is done, the update of the parameters too, and reads the loss. */
  finish(handle: Handle): Promise<number>;
  /** The dispatches of a step, in their order, of a library that knows them. */
  planned?(): Planned[];
}

export interface Setting<W extends TrainingWorkload> {
  spec: Specs[W];
  params: Params;
  opts: Options;
}

/** Starts a library on a workload. */

export type CreateTrainer<W extends TrainingWorkload> = (
  setting: Setting<W>,
) => Trainer<any> | Promise<Trainer<any>>;

export interface TrainResult {
  workload: TrainingWorkload;
  unit: string;
  /** Median of the blocks. */
  msPerStep: number;
  /** ms per step of each block. */
  blocks: number[];
  /** Samples or tokens a second. */
  perSec: number;
  /** ms per step until a block was issued, before waiting for it. */
  encodeMs: number;
  /** ms per step when every loss is read, as a live chart would; null of a library too slow to ask. */
  syncMs: number | null;
  timedSteps: number;
  blockSize: number;
  warmupSteps: number;
  /** Whether the time was up before enough steps were timed. */
  cut: boolean;
  /** ms to fetch the data … */
  dataMs: number;
  /** … and meanwhile to put the workload on the device, both from the call on. */
  setupMs: number;
  /** ms from the start of the page's loading to the end of the first step. */
  pageToFirstStepMs: number;
  /** Loss by step: 1, 2, and every multiple of 10 that a block ended on. */
  losses: Record<number, number>;
  /** WebGPU calls per step, in the last block … */
  counts: Counts | null;
  /** … of so many steps. */
  countedSteps: number;
  /** WebGPU calls since the page started. */
  totals: Counts | null;
  planned: Planned[] | null;
  peakBytes: number | null;
  liveBytes: number | null;
}

const now = () => performance.now();

/** One trainer, its steps so far, and the losses they gave. */
class Run {
  steps = 0;
  readonly losses = new Map<number, number>();

  constructor(
    private readonly trainer: Trainer<unknown>,
    private readonly batch: (step: number) => Batch,
  ) {}

  /** `count` steps and one read of the last loss. Making the batches is not timed, uploading them is. */
  async block(count: number) {
    const batches = Array.from({ length: count }, (_, i) => this.batch(this.steps + i));
    const before = counted();
    const start = now();
    let handle: unknown;
    for (const [i, batch] of batches.entries()) {
      if (i > 0) this.trainer.drop?.(handle);
      handle = this.trainer.step(batch);
      if (handle instanceof Promise) handle = await handle;
    }
    const issued = now();
    const loss = await this.trainer.finish(handle);
    const end = now();
    this.steps += count;
    this.losses.set(this.steps, loss);
    return {
      ms: (end - start) / count,
      encodeMs: (issued - start) / count,
      counts: between(before, counted(), count),
    };
  }
}

export async function timeTraining<W extends TrainingWorkload>(
  workload: W,
  spec: Specs[W],
  create: CreateTrainer<W>,
  opts: Options,
  source: Source,
): Promise<TrainResult> {
  const start = now();
  const deadline = start + opts.maxMs;
  // Data arrive while the library gets ready, as on a page that is made for visitors.
  const arriving = loadBatches(workload, spec, source).then((batch) => ({ batch, loaded: now() }));
  arriving.catch(() => {}); // heard of below
  const trainer = await create({ spec, opts, params: initParams(workload, spec) });
  const created = now();
  const { batch, loaded } = await arriving;
  const run = new Run(trainer, batch);

  await run.block(1);
  const first = now();
  // The second step tells how slow this library is. A very slow one gets fewer and shorter blocks rather than none.
  const { ms: estimate } = await run.block(1);
  const slow = estimate * (spec.warmup + spec.minSteps) > opts.maxMs;
  const blockSize = slow
    ? Math.max(1, Math.min(spec.block, Math.floor(opts.maxMs / 8 / estimate)))
    : spec.block;
  const lossSteps = estimate * opts.lossSteps < opts.lossMaxMs ? opts.lossSteps : 0;
  // Blocks then end on multiples of their size, where losses are compared.
  const warmup = slow ? 2 : Math.max(spec.block, spec.warmup);
  if (warmup > run.steps) await run.block(warmup - run.steps);

  const blocks: Awaited<ReturnType<Run['block']>>[] = [];
  const timed = () => blocks.length * blockSize;
  const blocksStart = now();
  let cut = false;
  for (;;) {
    if (run.steps >= lossSteps) {
      if (timed() >= spec.minSteps && now() - blocksStart >= opts.minMs) break;
      if (now() > deadline && blocks.length >= 2) {
        cut = timed() < spec.minSteps;
        break;
      }
    }
    blocks.push(await run.block(blockSize));
  }
  const single: number[] = [];
  if (!slow) for (let left = estimate < 500 ? 10 : 3; left > 0; left--) single.push((await run.block(1)).ms);

  // Slow libraries' blocks are short, and each ends with a read.
  const countedSteps = opts.freeSteps || blockSize;
  const counting = opts.freeSteps ? await run.block(opts.freeSteps) : blocks.at(-1);

  const ms = blocks.map((block) => block.ms);
  const kept = [...run.losses].filter(([step]) => step <= 5 || step % 10 === 0);
  const { peakBytes = null, liveBytes = null } = window.__gpuCounters ?? {};
  return {
    workload,
    unit: spec.unit,
    msPerStep: median(ms),
    blocks: ms,
    perSec: (perStep(spec) * 1000) / median(ms),
    encodeMs: median(blocks.map((block) => block.encodeMs)),
    syncMs: single.length ? median(single) : null,
    timedSteps: timed(),
    blockSize,
    warmupSteps: warmup,
    cut,
    dataMs: loaded - start,
    setupMs: created - start,
    pageToFirstStepMs: first,
    losses: Object.fromEntries(kept),
    counts: counting?.counts ?? null,
    countedSteps,
    totals: counted(),
    planned: trainer.planned?.() ?? null,
    peakBytes,
    liveBytes,
  };
}
