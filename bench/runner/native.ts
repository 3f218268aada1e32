// The native part: `trainyard bench` on both devices and PyTorch, in turn, round by round.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Counts } from '../common/counters';
import { SPEC, type Workload } from '../common/spec';
import { median, quantile } from '../common/stats';
import { writeInputs } from './exchange';
import { machine, waitUntilQuiet, watchOthers, type Machine } from './machine';
import type { Options } from './options';
import { bench } from './paths';
import { COMPARED_FAR, ORDERS, roundingTable, type Rounded } from './rounding';
import { plural, short, times, type Table } from './table';

/** What one program says about one workload. */
export interface Answer {
  workload: Workload;
  device: 'gpu' | 'cpu';
  adapter?: string;
  backend?: string;
  software?: boolean;
  threads?: number;
  version?: string;
  msPerStep?: number;
  blocks?: number[];
  firstStepMs?: number;
  losses?: { [step: string]: number };
  counts?: Counts;
  sizes?: { [n: string]: { ms: number; blocks: number[]; gflops: number; checksum: number } };
  rounded?: Rounded;
}

export interface NativeRecord {
  program: string;
  workload: Workload;
  round: number;
  otherCores: number | null;
  answer?: Answer;
  error?: string;
}

export interface NativeRun {
  when: string;
  machine: Machine;
  rounds: number;
  quick: boolean;
  /** Why a program is missing. */
  missing: { [program: string]: string };
  records: NativeRecord[];
  /** PyTorch's losses with the samples of a batch in several orders. */
  rounded: Partial<{ [W in Workload]: Rounded }>;
}

const execute = promisify(execFile);
const say = (text: string) => process.stderr.write(text);

/** Programs by name: how to start one on a workload. */
type Programs = Map<string, (workload: Workload, seconds: number, lossSteps: number) => [string, string[]]>;

function programs(
  { trainyard, python, systemGpu }: Options,
  inputs: string,
  missing: NativeRun['missing'],
): Programs {
  const found: Programs = new Map();
  for (const device of ['gpu', 'cpu']) {
    const name = `trainyard, ${device.toUpperCase()}`;
    if (!trainyard) missing[name] = 'the program is not built';
    else
      found.set(name, (workload, seconds, lossSteps) => {
        const limits = ['--seconds', String(seconds), '--loss-steps', String(lossSteps)];
        return [trainyard, ['bench', workload, '--device', device, '--inputs', inputs, ...limits]];
      });
  }
  if (!python) missing['PyTorch, CPU'] = 'no Python with PyTorch on this machine';
  else
    for (const device of systemGpu ? ['cpu', 'cuda'] : ['cpu'])
      found.set(`PyTorch, ${device.toUpperCase()}`, (workload, seconds, lossSteps) => {
        const script = path.join(bench, 'pytorch.py');
        const limits = ['--device', device, '--seconds', String(seconds), '--loss-steps', String(lossSteps)];
        return [python, [script, inputs, workload, ...limits]];
      });
  return found;
}

/** The environment of native programs: the Vulkan driver by both names that loaders know. */
export function environment({ driver }: Options): NodeJS.ProcessEnv {
  if (!driver) return process.env;
  const runtime = process.env.XDG_RUNTIME_DIR ?? path.join(bench, 'dist'); // Mesa complains without
  return { ...process.env, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: runtime };
}

export async function measureNative(options: Options, save: (run: NativeRun) => void): Promise<NativeRun> {
  const when = new Date().toISOString();
  const { rounds, quick } = options;
  const run: NativeRun = { when, machine: machine(), rounds, quick, missing: {}, records: [], rounded: {} };
  const inputs = writeInputs();
  const all = programs(options, inputs, run.missing);
  for (let round = 0; round < rounds; round++)
    for (const workload of options.only) {
      const turn = [...all];
      if (round % 2 === 1) turn.reverse();
      for (const [program, command] of turn) {
        say(`round ${round + 1}/${rounds} ${workload} ${program}: `);
        await waitUntilQuiet(options.waitQuiet);
        const others = watchOthers();
        const far = round === 0 && !quick && workload !== 'W4';
        const [file, args] = command(workload, quick ? 0.5 : 3, far ? 10 : 0);
        const outcome = await ask(file, args, environment(options));
        run.records.push({ program, workload, round, otherCores: others(), ...outcome });
        say(`${shortly(outcome)}\n`);
        save(run);
      }
    }
  if (options.python && !quick)
    for (const workload of options.only.filter((one) => COMPARED_FAR.includes(one))) {
      say(`${workload} PyTorch, CPU, ${ORDERS} orders of the samples\n`);
      const args = [path.join(bench, 'pytorch.py'), inputs, workload, '--rounding', String(ORDERS)];
      const outcome = await ask(options.python, args, environment(options));
      if ('error' in outcome) throw new Error(`bench/pytorch.py --rounding: ${outcome.error}`);
      run.rounded[workload] = outcome.answer.rounded;
      save(run);
    }
  return run;
}

type Outcome = { answer: Answer } | { error: string };

async function ask(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  try {
    const { stdout } = await execute(file, args, { env, timeout: 600_000, maxBuffer: 1 << 26 });
    return { answer: JSON.parse(stdout) as Answer };
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return { error: (stderr.trim().split('\n').at(-1) || message).slice(0, 400) };
  }
}

function shortly(outcome: Outcome): string {
  if ('error' in outcome) return `no figure: ${outcome.error}`;
  const { msPerStep, sizes = {} } = outcome.answer;
  if (msPerStep !== undefined) return `${short(msPerStep)} ms/step`;
  return `${Object.entries(sizes)
    .map(([n, { gflops }]) => `${n}: ${short(gflops)}`)
    .join(', ')} GFLOP/s`;
}

/** The figures: a row a workload and program. */
export function nativeTables(run: NativeRun): Table[] {
  const workloads = [...new Set(run.records.map(({ workload }) => workload))];
  const trained = workloads.filter((workload) => workload !== 'W4');
  const head = [
    'workload',
    'program',
    'ms/step (quartiles)',
    '× PyTorch',
    'first step, s',
    'dispatches',
    'submissions',
    'loss at 1',
    'at 10',
  ];
  const tables = [
    { title: 'Training', head, rows: trained.flatMap((workload) => training(run, workload)) },
    {
      title: 'Products of n × n matrices, GFLOP/s',
      head: ['program', ...SPEC.W4.sizes.map(String)],
      rows: products(run),
    },
  ];
  const missing = Object.entries(run.missing).map(([program, why]) => `${program}: ${why}.`);
  const told = tables
    .filter(({ rows }) => rows.length)
    .map((table) => ({ ...table, note: missing.join(' ') || undefined }));
  return [...told, ...roundingTable(run.rounded)];
}

const names = (run: NativeRun): string[] => [...new Set(run.records.map(({ program }) => program))];

function answers(run: NativeRun, program: string, workload: Workload): Answer[] {
  return run.records
    .filter((record) => record.program === program && record.workload === workload)
    .flatMap(({ answer }) => answer ?? []);
}

const refused = (run: NativeRun, program: string, workload: Workload): string =>
  run.records.find((record) => record.program === program && record.workload === workload)?.error ??
  'no figure';

function training(run: NativeRun, workload: Workload): string[][] {
  const all = (program: string) => answers(run, program, workload).flatMap(({ blocks }) => blocks ?? []);
  const scale = median(all('PyTorch, CPU'));
  const task = `${workload} ${SPEC[workload].title}`;
  return names(run).map((program) => {
    const found = answers(run, program, workload);
    const blocks = all(program);
    if (!blocks.length) return [task, program, refused(run, program, workload)];
    const counts = found.at(-1)!.counts ?? {};
    return [
      task,
      program,
      `${short(median(blocks))} (${short(quantile(blocks, 0.25))}–${short(quantile(blocks, 0.75))})`,
      Number.isNaN(scale) ? '–' : times(scale / median(blocks)),
      short(median(found.flatMap(({ firstStepMs }) => firstStepMs ?? [])) / 1000),
      short(counts.dispatch),
      short(counts.submit),
      ...[1, 10].map((step) => found[0]!.losses?.[step]?.toPrecision(5) ?? '–'),
    ];
  });
}

function products(run: NativeRun): string[][] {
  if (!run.records.some(({ workload }) => workload === 'W4')) return [];
  return names(run).map((program) => {
    const found = answers(run, program, 'W4');
    if (!found.length) return [program, refused(run, program, 'W4')];
    const gflops = (n: number) => median(found.flatMap(({ sizes }) => sizes?.[n]?.gflops ?? []));
    return [program, ...SPEC.W4.sizes.map((n) => short(gflops(n)))];
  });
}

/** The device of the GPU rows and the versions, in words. */
export function nativeCircumstances(run: NativeRun): string {
  const all = run.records.flatMap(({ answer }) => answer ?? []);
  const gpu = all.find(({ adapter }) => adapter !== undefined);
  const python = all.find(({ version }) => version !== undefined);
  const adapter = gpu
    ? `Adapter: ${gpu.adapter} (${gpu.backend}), ${gpu.software ? 'a software adapter: the CPU computes' : 'hardware'}.`
    : 'No GPU row in this run.';
  const torch = python
    ? ` PyTorch ${python.version}, each workload with 1 or ${run.machine.cores} threads, whichever is faster.`
    : '';
  const { cores, cpu, system } = run.machine;
  const quick = run.quick ? ' **A quick run: not to be quoted.**' : '';
  return `${adapter}${torch} ${cores} × ${cpu}, ${system}; ${run.when.slice(0, 16).replace('T', ' ')} UTC; ${plural(run.rounds, 'round')}.${quick}`;
}

/** Programs that compute something else than the others. */
export function nativeDoubts(run: NativeRun): string[] {
  const workloads = [...new Set(run.records.map(({ workload }) => workload))];
  return workloads.flatMap((workload) =>
    [1, 10].flatMap((step) => {
      const told = names(run).flatMap((program) => {
        const loss = answers(run, program, workload)[0]?.losses?.[step];
        return loss === undefined ? [] : [{ program, loss }];
      });
      const middle = median(told.map(({ loss }) => loss));
      const apart = Math.max(0, ...told.map(({ loss }) => Math.abs(loss - middle) / middle));
      if (apart <= TOLERANCE) return [];
      const list = told.map(({ program, loss }) => `${program} ${loss.toPrecision(6)}`).join('; ');
      return [
        `${workload} natively, step ${step}: losses differ by ${apart.toExponential(1)} (allowed ${TOLERANCE}): ${list}`,
      ];
    }),
  );
}

/** Losses of the first ten steps may lie this far apart, as a part of them. */
const TOLERANCE = 5e-3;
