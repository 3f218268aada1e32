// The browser part: who is measured when. Libraries take turns within a workload, so that a slow minute of the machine
// hits all of them; every second round goes the other way.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Options as PageOptions } from '../common/driver';
import type { Workload } from '../common/spec';
import { flags, probeAdapter, ready, visit, type Launch } from './browser';
import { bundle, bundlePeer, injected, pages, version, weighPage } from './build';
import { ADAPTER_ENTRY, isNothing, isOurs, LIBRARIES } from './libraries';
import { machine, waitUntilQuiet, watchOthers } from './machine';
import type { Options } from './options';
import { root } from './paths';
import { multiplied, refusal, trained, type AdapterRecord, type BrowserRun, type Record } from './records';
import { COMPARED_FAR } from './rounding';
import { PLAIN, serve, type Site } from './server';

/** Losses up to this step are compared, of the workloads that are compared far. */
const LOSS_STEPS = 200;
/** Steps that a page of ours issues without a read, for its calls to be counted: once, they are not timed. */
const FREE_STEPS = 20;

const say = (text: string) => process.stderr.write(text);

/** Measures, and calls `save` after each measurement. */
export async function measureBrowser(options: Options, save: (run: BrowserRun) => void): Promise<BrowserRun> {
  const run = await prepare(options);
  const dist = path.resolve(root, options.dist);
  const site = await serve({ '/ext/ours/': dist, [`${PLAIN}ours/`]: dist, '/peers/': pages });
  const launch = {
    path: options.browser,
    systemGpu: options.systemGpu,
    injected: await injected('inject/counters.ts'),
  };
  const tried = new Tries();
  try {
    for (let round = 0; round < options.rounds; round++)
      for (const workload of options.only) {
        const turn = options.libraries.filter((name) => tried.again(name, workload));
        if (round % 2 === 1) turn.reverse();
        if (
          turn.some((name) => LIBRARIES[name]!.engine === 'gpu') &&
          probesBefore(workload, round, options)
        ) {
          say(`round ${round + 1}/${options.rounds} the adapter: `);
          run.adapter.push(await probe(site, launch, round, options));
        }
        for (const name of turn) {
          say(`round ${round + 1}/${options.rounds} ${workload} ${name}: `);
          const { record, browser } = await measure(site, launch, { name, workload, round }, options);
          run.browser = browser;
          say(`${shortly(record)}\n`);
          tried.note(record);
          run.records.push(record);
          save(run);
        }
      }
  } finally {
    site.close();
  }
  return run;
}

/** The adapter is probed beside the products, so that their part of its ceiling is known; else once. */
function probesBefore(workload: Workload, round: number, { only }: Options): boolean {
  return only.includes('W4') ? workload === 'W4' : round === 0 && workload === only[0];
}

/** Remembers who cannot do what, so that it is not asked again. */
class Tries {
  private readonly failed = new Set<string>();

  note(record: Record): void {
    if (refusal(record) !== undefined) this.failed.add(record.library + record.workload);
  }

  again(library: string, workload: Workload): boolean {
    return !this.failed.has(library + workload);
  }
}

async function prepare(options: Options): Promise<BrowserRun> {
  const run: BrowserRun = {
    when: new Date().toISOString(),
    commit: commit(),
    machine: machine(),
    browser: '',
    flags: flags(options.systemGpu),
    rounds: options.rounds,
    quick: options.quick,
    versions: {},
    sizes: {},
    adapter: [],
    records: [],
  };
  await bundle('adapter', ADAPTER_ENTRY);
  for (const name of options.libraries) {
    const library = LIBRARIES[name]!;
    if (isOurs(library)) {
      run.versions[name] = `commit ${run.commit}`;
      run.sizes[name] = weighPage(path.resolve(root, options.dist), library.page.split('?')[0]!);
    } else if (isNothing(library)) {
      await bundle(name, library.entry);
    } else {
      run.versions[name] = version(library.package);
      run.sizes[name] = await bundlePeer(name, library);
    }
  }
  return run;
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? '+' : '')
    );
  } catch {
    return 'unknown';
  }
}

interface Turn {
  name: string;
  workload: Workload;
  round: number;
}

function address({ base }: Site, name: string): string {
  const library = LIBRARIES[name]!;
  if (!isOurs(library)) return `${base}/peers/${name}/index.html`;
  return `${base}${library.isolated ? '/ext/' : PLAIN}ours/${library.page}`;
}

async function measure(
  site: Site,
  launch: Launch,
  { name, workload, round }: Turn,
  options: Options,
): Promise<{ record: Record; browser: string }> {
  const url = address(site, name);
  const library = LIBRARIES[name]!;
  const counts = isOurs(library) && library.engine === 'gpu';
  // Losses far on take long: once is enough.
  const far = round === 0 && !options.quick && COMPARED_FAR.includes(workload);
  const given: Partial<PageOptions> = {
    dataBase: `${site.base}/data`,
    maxMs: options.maxSeconds * 1000,
    minMs: options.quick ? 500 : 3000,
    lossSteps: far ? LOSS_STEPS : 0,
    freeSteps: round === 0 && !options.quick && counts ? FREE_STEPS : 0,
  };
  const limit = 2 * options.maxSeconds + 120 + (far ? 500 : 0);
  await waitUntilQuiet(options.waitQuiet);
  const others = watchOthers();
  // The page begins by itself: a question that comes later would measure how long it takes to be asked.
  const asked = `${launch.injected}\nwindow.benchAsked = ${JSON.stringify([workload, given])};`;
  const { browser, answer, error, messages } = await visit(
    { ...launch, injected: asked },
    url,
    limit,
    async (page) => {
      await ready(page);
      return page.evaluate(() => window.benchAnswer!);
    },
  );
  const outcome = answer ? { result: answer } : { error, messages };
  return { record: { library: name, workload, round, otherCores: others(), ...outcome }, browser };
}

async function probe(site: Site, launch: Launch, round: number, options: Options): Promise<AdapterRecord> {
  await waitUntilQuiet(options.waitQuiet);
  const others = watchOthers();
  const { answer, error, messages } = await probeAdapter(launch, site.base);
  say(answer ? `${answer.ceiling.gflops.toFixed(1)} GFLOP/s of multiply-adds\n` : `${error}\n`);
  return { round, otherCores: others(), ...(answer ? { result: answer } : { error, messages }) };
}

function shortly(record: Record): string {
  const load =
    record.otherCores === null ? '' : `, other programs took ${record.otherCores.toFixed(1)} cores`;
  const refused = refusal(record);
  if (refused !== undefined) return `no figure: ${refused}`;
  const training = trained(record);
  if (training) return `${training.msPerStep.toFixed(2)} ms/step${load}`;
  const sizes = Object.entries(multiplied(record)?.sizes ?? {});
  return `${sizes.map(([n, size]) => `${n}: ${size.gflops.toFixed(2)}`).join(', ')} GFLOP/s${load}`;
}
