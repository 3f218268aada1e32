import { parseArgs } from 'node:util';
import { SPEC, type Workload } from '../common/spec';
import { LIBRARIES, type Engine } from './libraries';

export const HELP = `usage: cargo xtask bench [options]

Trains the same networks with Trainyard and with its peers in one headless Chromium, in turn, and compares.

  --browser, --native, --scale, --profile
                  only these parts; default: --browser --native. --scale: time per step as networks grow;
                  --profile: time of each dispatch of ours, where the browser offers timestamp queries
  --rounds N      default 5; every round measures everybody once, each in a fresh browser
  --quick         one short round, for trying things out: no figures to quote
  --only W1,W2    only these workloads (${Object.entries(SPEC)
    .map(([name, { title }]) => `${name} ${title}`)
    .join('; ')})
  --lib A,B       only these libraries (${Object.keys(LIBRARIES).join(', ')})
  --engine gpu|cpu
                  only the libraries that run there
  --max-s N       a library slower than N seconds a workload gets fewer and shorter blocks; default 60
  --wait-quiet N  before each measurement wait up to N seconds for other programs to be idle; default 0
  --publish       also write docs/performance.md and its picture; of this machine's own GPU docs/performance-gpu.md
  --from FILE     measure nothing: take a bench/results/*-browser.json, -native.json, -profile.json or -scale.json
  --no-build      take dist/ as it is

TRAINYARD_GPU=system measures this machine's own GPU; without it, software adapters.`;

export interface Options {
  parts: { browser: boolean; native: boolean; scale: boolean; profile: boolean };
  rounds: number;
  quick: boolean;
  only: Workload[];
  libraries: string[];
  maxSeconds: number;
  waitQuiet: number;
  publish: boolean;
  /** The browser's own choice of adapter rather than the software one. */
  systemGpu: boolean;
  /** Saved runs to be shown again. */
  from: string[];
  /** What xtask found or built. */
  browser: string;
  dist: string;
  trainyard?: string;
  python?: string;
  /** Manifest of the Vulkan driver of native programs. */
  driver?: string;
}

/** Says what is wrong with an argument. */
export class Usage extends Error {}

export function parse(args: string[]): Options {
  const { values } = read(args);
  const asked = {
    browser: !!values.browser,
    native: !!values.native,
    scale: !!values.scale,
    profile: !!values.profile,
  };
  const all = !Object.values(asked).some(Boolean);
  const quick = !!values.quick;
  if (quick && values.publish) throw new Usage('--publish: what --quick measures is not to be quoted');
  return {
    parts: all ? { browser: true, native: true, scale: false, profile: false } : asked,
    rounds: number('rounds', values.rounds, quick ? 1 : 5, 1),
    quick,
    only: names('only', values.only, Object.keys(SPEC)) as Workload[],
    libraries: libraries(values.lib, values.engine),
    maxSeconds: number('max-s', values['max-s'], quick ? 15 : 60, 1),
    waitQuiet: number('wait-quiet', values['wait-quiet'], 0, 0),
    publish: !!values.publish,
    from: values.from ?? [],
    systemGpu: process.env.TRAINYARD_GPU === 'system',
    browser: values['browser-path'] ?? '/usr/bin/chromium',
    dist: values.dist ?? 'dist',
    trainyard: values.trainyard,
    python: values.python,
    driver: values.driver,
  };
}

function read(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    ...{ browser: flag, native: flag, scale: flag, profile: flag, quick: flag, publish: flag },
    ...{ rounds: text, only: text, lib: text, engine: text, 'max-s': text, 'wait-quiet': text },
    ...{ 'browser-path': text, dist: text, trainyard: text, python: text, driver: text },
    from: { type: 'string', multiple: true } as const,
  };
  try {
    return parseArgs({ args, options });
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error));
  }
}

function number(name: string, given: string | undefined, otherwise: number, least: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isFinite(value) || value < least)
    throw new Usage(`--${name} needs a number from ${least} on, not \`${given}\``);
  return value;
}

function names(option: string, given: string | undefined, known: string[]): string[] {
  if (given === undefined) return known;
  const wanted = given.split(',');
  for (const name of wanted)
    if (!known.includes(name)) throw new Usage(`--${option} knows ${known.join(', ')}; not \`${name}\``);
  return known.filter((name) => wanted.includes(name));
}

function libraries(given: string | undefined, engine: string | undefined): string[] {
  const [asked] = engine === undefined ? [undefined] : (names('engine', engine, ['gpu', 'cpu']) as Engine[]);
  const chosen = names('lib', given, Object.keys(LIBRARIES));
  return chosen.filter((name) => asked === undefined || LIBRARIES[name]!.engine === asked);
}
