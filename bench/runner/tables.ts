// The figures of a browser run as tables.
import type { AdapterResult } from '../adapter/page';
import { SPEC } from '../common/spec';
import { median } from '../common/stats';
import { isOurs, LIBRARIES, type Engine } from './libraries';
import type { BrowserRun } from './records';
import { duels, gflops, matches, partOfCeiling, type Duel, type Row, type Spread } from './summary';
import { percent, plural, short, times, type Table } from './table';
import { targets } from './targets';

const range = ({ low, high }: Spread, unit = '') => `${short(low)}–${short(high)}${unit}`;
const MEGABYTE = 1e6;

/** All tables of a run, in the order in which one wants to read them. */
export function tables(run: BrowserRun): Table[] {
  const engines: [Engine, string][] = [
    ['gpu', 'WebGPU'],
    ['cpu', 'CPU'],
  ];
  const perEngine = engines.flatMap(([engine, title]) => [
    training(run, engine, `Training, ${title}`),
    products(run, engine, `Products of n × n matrices, ${title}, GFLOP/s`),
  ]);
  const all = [
    glance(run),
    ...perEngine,
    firstSteps(run),
    calls(run),
    adapter(run),
    bundles(run),
    goals(run),
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** Ours against the best peer, workload by workload: the figures for a hurried reader. */
function glance(run: BrowserRun): Table {
  const rows = matches(run).flatMap((match) =>
    duels(match).flatMap((duel) =>
      [...duel.comparisons].map(([name, { peer, ratio, rounds }]) => {
        const ms = (row: Row | undefined) => short(row?.cases.get(name)?.ms.median);
        return [
          `${match.workload} ${SPEC[match.workload].title}${name && ` ${name}`}`,
          LIBRARIES[duel.ours.library]!.title,
          ms(duel.ours),
          `${ms(duel.peers.find(({ library }) => library === peer))} (${peer})`,
          `**${times(ratio)}** (${range(rounds)})`,
        ];
      }),
    ),
  );
  return {
    title: 'At a glance',
    head: ['workload', 'ours', 'ms/step', 'best peer, ms/step', '× (rounds)'],
    rows,
  };
}

/** Our duel in a row of a table, if it is a row of ours. */
const duelOf = (all: Duel[], row: Row) => all.find(({ ours }) => ours.library === row.library);

function against(duel: Duel | undefined, name: string): string {
  const found = duel?.comparisons.get(name);
  return found ? `**${times(found.ratio)}** (${range(found.rounds)})` : '';
}

function training(run: BrowserRun, engine: Engine, title: string): Table {
  const rows = matches(run)
    .filter((match) => match.engine === engine && SPEC[match.workload].kind === 'train')
    .flatMap((match) => {
      const all = duels(match);
      const task = `${match.workload} ${SPEC[match.workload].title}`;
      return match.rows.map((row) => {
        const one = row.cases.get('');
        if (!one) return [task, row.library, row.refused ?? '', '', '', ''];
        const memory = row.peakBytes === undefined ? '' : short(row.peakBytes / MEGABYTE);
        return [
          task,
          row.library,
          `${short(one.ms.median)} (${range(one.ms)})${row.cut ? ' †' : ''}`,
          against(duelOf(all, row), ''),
          short((row.firstStep ?? NaN) / 1000),
          memory,
        ].slice(0, engine === 'gpu' ? 6 : 5);
      });
    });
  const head = [
    'workload',
    'library',
    'ms/step (quartiles)',
    '× best peer (rounds)',
    'first step, s',
    'peak GPU memory, MB',
  ];
  const cut = rows.some((row) => row[2]?.endsWith('†'))
    ? '† So slow that fewer steps were timed.'
    : undefined;
  return { title, note: cut, head: head.slice(0, engine === 'gpu' ? 6 : 5), rows };
}

function products(run: BrowserRun, engine: Engine, title: string): Table {
  const { sizes } = SPEC.W4;
  const rows = matches(run)
    .filter((match) => match.engine === engine && match.workload === 'W4')
    .flatMap((match) => {
      const all = duels(match);
      return match.rows.flatMap((row) => {
        if (row.refused !== undefined) return [[row.library, row.refused]];
        const duel = duelOf(all, row);
        const cells = sizes.map((n) => {
          const ms = row.cases.get(String(n))?.ms;
          return ms
            ? `${short(gflops(n, ms.median))} (${short(gflops(n, ms.high))}–${short(gflops(n, ms.low))})`
            : '–';
        });
        const figures = [[row.library, ...cells]];
        if (duel?.comparisons.size)
          figures.push([
            `${row.library} × best peer (rounds)`,
            ...sizes.map((n) => against(duel, String(n))),
          ]);
        const parts = sizes.map((n) => duel && partOfCeiling(run, duel, String(n)));
        if (parts.some((part) => part !== undefined))
          figures.push([
            `${row.library}, part of the ceiling`,
            ...parts.map((part) => (part ? percent(part.median) : '–')),
          ]);
        return figures;
      });
    });
  return { title, head: ['library', ...sizes.map(String)], rows };
}

/** Who is there first, and how soon anybody could be. */
function firstSteps(run: BrowserRun): Table {
  const rows = matches(run).flatMap((match) =>
    duels(match).map(({ workload, ours, quickest = NaN, nothing = NaN }) => [
      `${workload} ${SPEC[workload].title}`,
      LIBRARIES[ours.library]!.title,
      ...[ours.firstStep ?? NaN, quickest, nothing].map(short),
      ...[ours.firstStep ?? NaN, nothing].map((ms) => percent(ms / quickest)),
    ]),
  );
  return {
    title: 'From the start of the page to its first finished step, ms',
    note: '“Nothing” is a page that has the data and, for WebGPU, a device, and computes nothing. Parts are of the quickest peer.',
    head: ['workload', 'ours', 'ours', 'quickest peer', 'nothing', 'ours, part', 'nothing, part'],
    rows,
  };
}

const CALLS: [string, string[]][] = [
  ['dispatches', ['dispatch']],
  ['submissions', ['submit']],
  ['bind groups', ['bindGroup']],
  ['buffers', ['createBuffer']],
  ['pipelines', ['pipeline', 'pipelineAsync']],
  ['mapAsync', ['mapAsync']],
];

function calls(run: BrowserRun): Table {
  const rows = matches(run)
    .filter(({ engine, workload }) => engine === 'gpu' && workload !== 'W4')
    .flatMap(({ workload, rows }) =>
      rows.flatMap((row) => {
        const counts = row.cases.get('')?.counts;
        if (!counts) return [];
        const of = (names: string[]) => names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
        const bytes = [of(['writeBytes']) / 1000, of(['bufferBytes']) / MEGABYTE];
        return [
          [
            workload,
            row.library,
            short(row.countedSteps),
            ...CALLS.map(([, names]) => short(of(names))),
            ...bytes.map(short),
          ],
        ];
      }),
    );
  return {
    title: 'WebGPU calls per step',
    note: 'Of some steps issued in one go and the one read at their end, divided by the steps.',
    head: ['workload', 'library', 'steps', ...CALLS.map(([name]) => name), 'uploaded, kB', 'allocated, MB'],
    rows,
  };
}

function adapter(run: BrowserRun): Table {
  const results = run.adapter.flatMap(({ result }) => result ?? []);
  const figure = (title: string, of: (result: (typeof results)[number]) => number) => [
    title,
    short(median(results.map(of))),
  ];
  const rows = results.length
    ? [
        figure('multiply-adds in registers, GFLOP/s', ({ ceiling }) => ceiling.gflops),
        figure('… best of all, GFLOP/s', ({ ceiling }) => ceiling.best),
        figure('copy by a kernel, GB/s read and written', ({ bandwidth }) => bandwidth.copyKernel),
        figure('copyBufferToBuffer, GB/s read and written', ({ bandwidth }) => bandwidth.copyBuffer),
        figure('writeBuffer, GB/s', ({ bandwidth }) => bandwidth.writeBuffer),
        figure('a dispatch, µs', ({ calls }) => calls.dispatch),
        figure('a dispatch of another kernel, µs', ({ calls }) => calls.dispatchOther),
        figure('a submission, µs', ({ calls }) => calls.submit),
        figure('dispatch to number read (mapAsync), ms', ({ calls }) => calls.mapAsync),
        figure('a new pipeline to its first result, ms', ({ calls }) => calls.newPipeline),
      ]
    : [];
  return {
    title: 'The adapter at its best',
    note: adapterName(run),
    head: ['probe', 'median of the rounds'],
    rows,
  };
}

/** The adapter of a run in words. */
export function adapterName(run: BrowserRun): string {
  const result = run.adapter.find(({ result }) => result)?.result;
  return result ? adapterWords(result) : 'The adapter was not measured in this run.';
}

/** An adapter in words; a software adapter says so. */
export function adapterWords({ vendor, architecture, description, software }: AdapterResult): string {
  const named = [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed';
  return `Adapter: ${named}, ${software ? 'a software adapter: the CPU computes' : 'hardware'}.`;
}

function bundles(run: BrowserRun): Table {
  const kilobytes = (bytes: number) => (bytes ? short(bytes / 1000) : '–');
  const rows = Object.entries(run.sizes).map(([name, size]) => [
    name,
    run.versions[name] ?? '',
    ...[size.script, size.scriptGzip, size.wasm, size.wasmGzip].map(kilobytes),
  ]);
  // Ours is one page for both engines.
  const shown = rows.filter(
    ([name]) => !(isOurs(LIBRARIES[name!]!) && name !== 'ours' && 'ours' in run.sizes),
  );
  const head = ['library', 'version', 'JavaScript, kB', 'gzip', 'WebAssembly, kB', 'gzip'];
  const note = 'Of several builds of the WebAssembly, the one that this browser fetches.';
  return { title: 'What a visitor downloads to train', note, head, rows: shown };
}

function goals(run: BrowserRun): Table {
  const rows = targets(run).map(({ what, wanted, got, met }) => [what, wanted, got, met ? 'yes' : '**no**']);
  return { title: 'Targets', head: ['what', 'wanted', 'measured', 'met'], rows };
}

/** Where and how a run was made. */
export function circumstances(run: BrowserRun): string {
  const { cpu, cores, system } = run.machine;
  const others = run.records.flatMap(({ otherCores }) => otherCores ?? []);
  const load = others.length
    ? ` Other programs took ${short(median(others))} cores (median; at most ${short(Math.max(...others))}).`
    : '';
  const quick = run.quick ? ' **A quick run: not to be quoted.**' : '';
  return (
    `${adapterName(run)} Chromium ${run.browser}, headless; ${cores} × ${cpu}, ${system}; commit ${run.commit}; ` +
    `${run.when.slice(0, 16).replace('T', ' ')} UTC; ${plural(run.rounds, 'round')}.${load}${quick}`
  );
}
