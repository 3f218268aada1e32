// The scale part: `trainyard bench --scale` on both devices. Networks grow until memory or patience ends.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { machine, type Machine } from './machine';
import { environment } from './native';
import type { Options } from './options';
import { short, type Table } from './table';

const SERIES = [
  'dense-batch',
  'dense-width',
  'dense-depth',
  'transformer-batch',
  'transformer-width',
  'transformer-depth',
  'transformer-context',
];

/** A line of the program: figures, or why there are none. */
interface Point {
  series: string;
  value: number;
  batch: number;
  device: string;
  adapter?: string;
  software?: boolean;
  parameters?: number;
  flopsPerStep?: number;
  /** Bytes that the plan of a training step takes. */
  memory?: number;
  msPerStep?: number;
  gflops?: number;
  end?: string;
}

export interface ScaleRun {
  when: string;
  machine: Machine;
  /** A series ends with the first step that takes longer. */
  seconds: number;
  points: Point[];
}

export async function measureScale(options: Options, save: (run: ScaleRun) => void): Promise<ScaleRun> {
  const seconds = options.quick ? 1 : 3;
  const run: ScaleRun = { when: new Date().toISOString(), machine: machine(), seconds, points: [] };
  const { trainyard } = options;
  if (!trainyard) throw new Error('the command line is not built: leave --no-build out');
  for (const series of SERIES)
    for (const device of ['gpu', 'cpu']) {
      const note = (point: Point) => {
        run.points.push(point);
        process.stderr.write(
          `${series} ${point.value}, ${device}: ${point.end ?? `${short(point.msPerStep)} ms/step`}\n`,
        );
        save(run);
      };
      const args = ['bench', '--scale', series, '--device', device, '--seconds', String(seconds)];
      const end = await lines(trainyard, args, environment(options), (line) =>
        note(JSON.parse(line) as Point),
      );
      if (end !== undefined) note({ series, value: NaN, batch: NaN, device, end });
    }
  return run;
}

/** Runs a program line by line; what it ended with, unless all went well. */
async function lines(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  each: (line: string) => void,
): Promise<string | undefined> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  child.stderr.on('data', (chunk: Buffer) => (last = chunk.toString().trim().split('\n').at(-1) ?? last));
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve([code, signal]));
  });
  for await (const line of readline.createInterface({ input: child.stdout })) each(line);
  const [code, signal] = await ended;
  if (code === 0) return undefined;
  return `the program ended ${signal ? `by ${signal}` : `with status ${code}`}${last && `: ${last}`}`;
}

const MEGABYTE = 1e6;

export function scaleTables(run: ScaleRun): Table[] {
  return [...new Set(run.points.map(({ series }) => series))].map((series) => {
    const points = run.points.filter((point) => point.series === series);
    const values = [...new Set(points.flatMap(({ value }) => (Number.isFinite(value) ? value : [])))].sort(
      (a, b) => a - b,
    );
    const rows = values.map((value) => {
      const of = (device: string) => points.find((point) => point.value === value && point.device === device);
      const any = points.find((point) => point.value === value && point.parameters !== undefined);
      const cells = ['gpu', 'cpu'].flatMap((device) => {
        const point = of(device);
        return point?.msPerStep === undefined
          ? [point?.end ? 'ended' : '–', '']
          : [short(point.msPerStep), short(point.gflops)];
      });
      return [
        short(value),
        short(any?.parameters),
        short(any?.flopsPerStep && any.flopsPerStep / 1e9),
        short(any?.memory && any.memory / MEGABYTE),
        ...cells,
      ];
    });
    const ends = points.flatMap(({ device, value, end }) => {
      const where = Number.isFinite(value) ? ` at ${short(value)}` : '';
      return end ? [`${device.toUpperCase()}${where}: ${end}.`] : [];
    });
    const [kind, grows] = series.split('-') as [string, string];
    const head = [
      grows,
      'parameters',
      'GFLOP a step',
      'GPU memory, MB',
      'GPU ms/step',
      'GFLOP/s',
      'CPU ms/step',
      'GFLOP/s',
    ];
    return {
      title: `${kind === 'dense' ? 'Dense layers' : 'Transformer'}: ${grows}`,
      note: ends.join(' ') || undefined,
      head,
      rows,
    };
  });
}

export function scaleCircumstances({ machine, when, seconds, points }: ScaleRun): string {
  const gpu = points.find(({ adapter }) => adapter !== undefined);
  const adapter = gpu
    ? `Adapter: ${gpu.adapter}, ${gpu.software ? 'a software adapter: the CPU computes' : 'hardware'}. `
    : '';
  return (
    `${adapter}${machine.cores} × ${machine.cpu}, ${machine.system}; ${when.slice(0, 16).replace('T', ' ')} UTC. Each series ends where a ` +
    `step takes more than ${seconds} s, or where the engine refuses: then with its words.`
  );
}
