// What each dispatch of our training steps takes, where the browser offers timestamp queries. Passes are taken apart for
// it (inject/profile.ts): what overlaps in a real step does not here.
import path from 'node:path';
import type { Workload } from '../common/spec';
import type { Planned } from '../common/train';
import { median } from '../common/stats';
import type { AdapterResult } from '../adapter/page';
import { probeAdapter, ready, visit } from './browser';
import { adapterWords } from './tables';
import { bundle, injected, pages } from './build';
import { ADAPTER_ENTRY } from './libraries';
import type { Options } from './options';
import { root } from './paths';
import { serve } from './server';
import { percent, short, type Table } from './table';

export interface Kernel extends Planned {
  /** Median of some steps. */
  microseconds: number;
}

export interface ProfileRun {
  when: string;
  /** What the adapter can do at best, measured beside this. */
  adapter?: AdapterResult;
  kernels: { [W in Workload]?: Kernel[] };
  /** Why a workload has none. */
  missing: { [W in Workload]?: string };
}

/** Steps whose times are kept. */
const STEPS = 10;

export async function measureProfile(options: Options, save: (run: ProfileRun) => void): Promise<ProfileRun> {
  const run: ProfileRun = { when: new Date().toISOString(), kernels: {}, missing: {} };
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
              const planned = ('planned' in result && result.planned) || [];
              return { dispatches: await window.__profile!.dispatches(), planned };
            },
            [workload, `${site.base}/data`] as const,
          );
        },
      );
      if (!answer) run.missing[workload] = error;
      else
        try {
          run.kernels[workload] = kernels(answer.dispatches, answer.planned);
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

/** Each planned dispatch with the median of its times in the last steps. */
function kernels(dispatches: { label: string; nanoseconds: number }[], planned: Planned[]): Kernel[] {
  const last = dispatches.slice(-STEPS * planned.length);
  return planned.map((dispatch, index) => {
    const own = last.filter((_, i) => i % planned.length === index);
    const stranger = own.find(({ label }) => label !== dispatch.kernel);
    if (stranger) throw new Error(`dispatch ${index} is ${stranger.label}, the plan says ${dispatch.kernel}`);
    return { ...dispatch, microseconds: median(own.map(({ nanoseconds }) => nanoseconds / 1000)) };
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
    return {
      title: `${workload}: ${short(total / 1000)} ms in ${all.length} dispatches, one by one`,
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
