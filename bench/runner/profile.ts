// What each dispatch of our training steps takes, where the browser offers timestamp queries. Passes are taken apart for
// it (inject/profile.ts): what overlaps in a real step does not here.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Workload } from '../common/spec';
import { median } from '../common/stats';
import type { AdapterResult } from '../adapter/page';
import { probeAdapter, ready, visit } from './browser';
import { adapterWords } from './tables';
import { bundle, injected, pages } from './build';
import { ADAPTER_ENTRY } from './libraries';
import { environment } from './native';
import type { Options } from './options';
import { root } from './paths';
import { serve } from './server';
import { percent, short, type Table } from './table';

/** A dispatch of a plan, as `trainyard bench --plan` prints it. */
interface Planned {
  label: string;
  kernel: string;
  flops: number;
  bytes: number;
}

export interface Kernel extends Planned {
  /** Median of some steps. */
  microseconds: number;
}

export interface ProfileRun {
  when: string;
  /** What the adapter can do at best, measured beside this. */
  adapter?: AdapterResult;
  kernels: { [W in Workload]?: Kernel[] };
  /** Dispatches of the native program's plan, by which rates are known: those of the page, if both are of one age. */
  planned: { [W in Workload]?: number };
  /** Why a workload has none. */
  missing: { [W in Workload]?: string };
}

/** Steps whose times are kept. */
const STEPS = 10;
const execute = promisify(execFile);

export async function measureProfile(options: Options, save: (run: ProfileRun) => void): Promise<ProfileRun> {
  const run: ProfileRun = { when: new Date().toISOString(), kernels: {}, planned: {}, missing: {} };
  const site = await serve({ '/ext/ours/': path.resolve(root, options.dist), '/peers/': pages });
  await bundle('adapter', ADAPTER_ENTRY);
  const scripts = [await injected('inject/counters.ts'), await injected('inject/profile.ts')];
  const launch = { path: options.browser, systemGpu: options.systemGpu, injected: scripts.join('\n') };
  try {
    run.adapter = (await probeAdapter({ ...launch, injected: '' }, site.base)).answer;
    for (const workload of options.only.filter((name) => name !== 'W4')) {
      process.stderr.write(`profile of ${workload}: `);
      const { answer, error } = await visit(
        launch,
        `${site.base}/ext/ours/bench.html?device=gpu`,
        300,
        async (page) => {
          await ready(page);
          return page.evaluate(
            async ([workload, dataBase]) => {
              const result = await window.bench!(workload, { dataBase, minMs: 0, spec: { minSteps: 10 } });
              const counts = 'counts' in result ? result.counts : null;
              return { dispatches: await window.__profile!.dispatches(), period: counts?.dispatch ?? 0 };
            },
            [workload, `${site.base}/data`] as const,
          );
        },
      );
      if (!answer) run.missing[workload] = error;
      else
        try {
          const planned = await plan(options, workload);
          run.planned[workload] = planned.length;
          run.kernels[workload] = kernels(answer.dispatches, answer.period, planned);
        } catch (failure) {
          run.missing[workload] = failure instanceof Error ? failure.message : String(failure);
        }
      save(run);
      process.stderr.write(`${run.missing[workload] ?? `${run.kernels[workload]!.length} dispatches`}\n`);
    }
  } finally {
    site.close();
  }
  return run;
}

/** The dispatches of a step by the native program, which makes the same plan. */
async function plan({ trainyard, ...options }: Options, workload: Workload): Promise<Planned[]> {
  if (!trainyard) return [];
  const { stdout } = await execute(trainyard, ['bench', workload, '--plan'], {
    env: environment(options),
    maxBuffer: 1 << 26,
  });
  return (JSON.parse(stdout) as { dispatches: Planned[] }).dispatches;
}

function kernels(
  dispatches: { label: string; nanoseconds: number }[],
  period: number,
  planned: Planned[],
): Kernel[] {
  if (!Number.isInteger(period) || period < 1)
    throw new Error(`${period} dispatches per step: not every step is the same`);
  const last = dispatches.slice(-STEPS * period);
  return Array.from({ length: period }, (_, index) => {
    const times = last.filter((_, i) => i % period === index).map(({ nanoseconds }) => nanoseconds / 1000);
    const known = planned.length === period ? planned[index] : undefined;
    const { label } = last[index]!;
    return {
      label: known?.label ?? '',
      kernel: label,
      flops: known?.flops ?? NaN,
      bytes: known?.bytes ?? NaN,
      microseconds: median(times),
    };
  });
}

export function profileTables(run: ProfileRun): Table[] {
  return (Object.entries(run.kernels) as [Workload, Kernel[]][]).map(([workload, all]) => {
    const total = all.reduce((sum, { microseconds }) => sum + microseconds, 0);
    const rows = [...all]
      .sort((a, b) => b.microseconds - a.microseconds)
      .map(({ kernel, label, flops, bytes, microseconds }) => {
        const rates = [flops / microseconds / 1e3, bytes / microseconds / 1e3];
        const share = percent(rates[0]! / (run.adapter?.ceiling.gflops ?? NaN));
        return [
          kernel,
          label,
          short(microseconds),
          percent(microseconds / total),
          short(rates[0]),
          share,
          short(rates[1]),
        ];
      });
    const head = ['kernel', 'ops', 'µs', 'of the step', 'GFLOP/s', 'of the ceiling', 'GB/s'];
    const { [workload]: planned } = run.planned;
    const note =
      planned === all.length
        ? undefined
        : `No rates: the native program plans ${planned} dispatches. Are dist/ and the program of one state?`;
    return {
      title: `${workload}: ${short(total / 1000)} ms in ${all.length} dispatches, one by one`,
      note,
      head,
      rows,
    };
  });
}

export function profileCircumstances({ adapter, when }: ProfileRun): string {
  const known = adapter
    ? `${adapterWords(adapter)} Multiply-adds: ${short(adapter.ceiling.gflops)} GFLOP/s; copies: ${short(adapter.bandwidth.copyKernel)} GB/s. `
    : '';
  return `${known}${when.slice(0, 16).replace('T', ' ')} UTC.`;
}
