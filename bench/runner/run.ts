// `cargo xtask bench`, after xtask has built and found what this needs.
import fs from 'node:fs';
import path from 'node:path';
import { agreements, agrees, complaint } from './agreement';
import { isOurs, LIBRARIES } from './libraries';
import { HELP, parse, Usage, type Options } from './options';
import { bench } from './paths';
import { picture } from './picture';
import { measureNative, nativeCircumstances, nativeDoubts, nativeTables, type NativeRun } from './native';
import { measureProfile, profileCircumstances, profileTables } from './profile';
import { publish, publishPicture } from './publish';
import { refusal, type BrowserRun } from './records';
import { measureBrowser } from './rounds';
import { measureScale, scaleCircumstances, scaleTables, type ScaleRun } from './scale';
import { markdown } from './table';
import { circumstances, tables } from './tables';

/** Why a run cannot be believed. */
class Failed extends Error {}

async function main(options: Options): Promise<void> {
  const folder = path.join(bench, 'results');
  fs.mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const save = (part: string) => (run: object) =>
    fs.writeFileSync(path.join(folder, `${stamp}-${part}.json`), `${JSON.stringify(run, null, 1)}\n`);
  const complaints: string[] = [];
  if (options.parts.browser) complaints.push(...(await browser(options, save('browser'))));
  if (options.parts.native) complaints.push(...(await native(options, save('native'))));
  if (options.parts.profile) complaints.push(...(await profile(options, save('profile'))));
  if (options.parts.scale) await scale(options, save('scale'));
  console.error(`bench: everything measured is in bench/results/${stamp}-*.json`);
  if (complaints.length) throw new Failed(complaints.join('\n'));
}

async function browser(options: Options, save: (run: BrowserRun) => void): Promise<string[]> {
  const run = await measureBrowser(options, save);
  save(run);
  const all = tables(run);
  const text = [circumstances(run), ...all.map((table) => markdown(table))].join('\n');
  console.log(`\n${text}`);
  const complaints = doubts(run);
  if (options.publish && complaints.length === 0) {
    publish('browser', `## In the browser\n\n![ratios](performance.svg)\n\n${text}`);
    publishPicture(picture(run));
  }
  return complaints;
}

async function native(options: Options, save: (run: NativeRun) => void): Promise<string[]> {
  const run = await measureNative(options, save);
  save(run);
  const text = [nativeCircumstances(run), ...nativeTables(run).map((table) => markdown(table))].join('\n\n');
  console.log(`\n${text}`);
  const complaints = nativeDoubts(run);
  if (options.publish && complaints.length === 0) publish('native', `## Natively\n\n${text}`);
  return complaints;
}

async function profile(options: Options, save: (run: object) => void): Promise<string[]> {
  const run = await measureProfile(options);
  save(run);
  const text = [profileCircumstances(run), ...profileTables(run).map((table) => markdown(table))].join(
    '\n\n',
  );
  console.log(`\n${text}`);
  if (options.publish) publish('profile', `## Dispatches\n\n${text}`);
  return Object.entries(run.missing).map(([workload, why]) => `${workload}: no profile: ${why}`);
}

async function scale(options: Options, save: (run: ScaleRun) => void): Promise<void> {
  const run = await measureScale(options, save);
  save(run);
  const text = [scaleCircumstances(run), ...scaleTables(run).map((table) => markdown(table))].join('\n\n');
  console.log(`\n${text}`);
  if (options.publish) publish('scale', `## Scale\n\n${text}`);
}

/** What must not be: ours without a figure, and libraries that compute something else. */
function doubts(run: BrowserRun): string[] {
  const silent = run.records.filter(
    (record) => isOurs(LIBRARIES[record.library]!) && refusal(record) !== undefined,
  );
  const missing = silent.map(
    (one) =>
      `${one.workload}: ${one.library} has no figure: ${refusal(one)} ${one.messages?.join(' ') ?? ''}`,
  );
  return [
    ...missing,
    ...agreements(run)
      .filter((one) => !agrees(one))
      .map(complaint),
  ];
}

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(HELP);
else
  try {
    await main(parse(args));
  } catch (error) {
    const expected = error instanceof Usage || error instanceof Failed;
    console.error(expected ? `bench: ${error.message}` : error);
    process.exitCode = expected && error instanceof Usage ? 2 : 1;
  }
