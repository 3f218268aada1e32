// `cargo xtask bench`, after xtask has built and found what this needs.
import fs from 'node:fs';
import path from 'node:path';
import { agreements, complaint, credible } from './agreement';
import { isOurs, LIBRARIES } from './libraries';
import { measureNative, nativeCircumstances, nativeDoubts, nativeTables, type NativeRun } from './native';
import { HELP, parse, Usage, type Options } from './options';
import { bench } from './paths';
import { picture } from './picture';
import { measureProfile, profileCircumstances, profileTables, type ProfileRun } from './profile';
import { publish, publishPicture, type Part } from './publish';
import { refusal, type BrowserRun } from './records';
import { measureBrowser } from './rounds';
import { measureScale, scaleCircumstances, scaleTables, type ScaleRun } from './scale';
import { markdown, type Table } from './table';
import { circumstances, tables } from './tables';

/** Why a run cannot be believed. */
class Failed extends Error {}

/** What is measured in one go. */
interface Measurement<Run> {
  title: string;
  measure(options: Options, save: (run: Run) => void): Promise<Run>;
  circumstances(run: Run): string;
  tables(run: Run): Table[];
  /** What must not be; then nothing is published. */
  doubts?(run: Run): string[];
  picture?: { alt: string; draw(run: Run): string };
}

const browser: Measurement<BrowserRun> = {
  title: 'In the browser',
  measure: measureBrowser,
  circumstances,
  tables,
  doubts(run) {
    const silent = run.records.filter((one) => isOurs(LIBRARIES[one.library]!) && refusal(one) !== undefined);
    const missing = silent.map(
      (one) =>
        `${one.workload}: ${one.library} has no figure: ${[refusal(one), ...(one.messages ?? [])].join(' ')}`,
    );
    return [
      ...missing,
      ...agreements(run)
        .filter((one) => !credible(one))
        .map(complaint),
    ];
  },
  picture: { alt: 'Steps per second as multiples of the best peer', draw: picture },
};

const native: Measurement<NativeRun> = {
  title: 'Natively',
  measure: measureNative,
  circumstances: nativeCircumstances,
  tables: nativeTables,
  doubts: nativeDoubts,
};

const profile: Measurement<ProfileRun> = {
  title: 'Each dispatch',
  measure: measureProfile,
  circumstances: profileCircumstances,
  tables: profileTables,
  doubts: ({ missing }) =>
    Object.entries(missing).map(([workload, why]) => `${workload}: no profile: ${why}`),
};

const scale: Measurement<ScaleRun> = {
  title: 'Scale',
  measure: measureScale,
  circumstances: scaleCircumstances,
  tables: scaleTables,
};

/** Measures, or takes a saved run; prints, publishes if asked to. Resolves to the doubts. */
async function carryOut<Run extends object>(
  part: Part,
  { title, measure, circumstances, tables, doubts, picture }: Measurement<Run>,
  options: Options,
  stamp: string,
): Promise<string[]> {
  const run = saved<Run>(part, options) ?? (await measure(options, (run) => save(part, stamp, run)));
  const text = [circumstances(run), ...tables(run).map((table) => markdown(table))].join('\n\n');
  console.log(`\n${text}`);
  const found = doubts?.(run) ?? [];
  if (options.publish && found.length === 0) {
    const drawn = picture && publishPicture(picture.draw(run), options.systemGpu);
    const image = drawn ? `![${picture.alt}](${drawn})\n\n` : '';
    publish(part, `## ${title}\n\n${image}${text}`, options.systemGpu);
  }
  return found;
}

const results = path.join(bench, 'results');

function save(part: Part, stamp: string, run: object): void {
  fs.mkdirSync(results, { recursive: true });
  fs.writeFileSync(path.join(results, `${stamp}-${part}.json`), `${JSON.stringify(run, null, 1)}\n`);
}

function saved<Run>(part: Part, { from }: Options): Run | undefined {
  const file = from.find((name) => name.endsWith(`-${part}.json`));
  return file === undefined ? undefined : (JSON.parse(fs.readFileSync(file, 'utf8')) as Run);
}

async function main(options: Options): Promise<void> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const chosen = (part: Part) =>
    options.from.length ? options.from.some((name) => name.endsWith(`-${part}.json`)) : options.parts[part];
  const doubts: string[] = [];
  if (chosen('browser')) doubts.push(...(await carryOut('browser', browser, options, stamp)));
  if (chosen('native')) doubts.push(...(await carryOut('native', native, options, stamp)));
  if (chosen('profile')) doubts.push(...(await carryOut('profile', profile, options, stamp)));
  if (chosen('scale')) doubts.push(...(await carryOut('scale', scale, options, stamp)));
  if (!options.from.length) console.error(`bench: everything measured is in bench/results/${stamp}-*.json`);
  if (doubts.length) throw new Failed(`this run can't be believed:\n${doubts.join('\n')}`);
}

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(HELP);
else
  try {
    await main(parse(args));
  } catch (error) {
    const expected = error instanceof Usage || error instanceof Failed;
    console.error(expected ? `bench: ${error.message}` : error);
    process.exitCode = error instanceof Usage ? 2 : 1;
  }
