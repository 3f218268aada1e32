import fs from 'node:fs';
import path from 'node:path';
import { HELP, parse, Usage, type Options } from './options';
import { bench } from './paths';
import { measureBrowser } from './rounds';

async function main(options: Options): Promise<void> {
  const folder = path.join(bench, 'results');
  fs.mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  if (options.parts.browser) {
    const file = path.join(folder, `${stamp}.json`);
    const run = await measureBrowser(options, (run) => fs.writeFileSync(file, JSON.stringify(run, null, 1)));
    console.log(run.records.length, file);
  }
}

const args = process.argv.slice(2);
if (args.includes('--help')) console.log(HELP);
else
  try {
    await main(parse(args));
  } catch (error) {
    console.error(error instanceof Usage ? `bench: ${error.message}` : error);
    process.exitCode = 1;
  }
