// How busy the machine is with other programs: on a software adapter they slow the "GPU" down.
import fs from 'node:fs';
import os from 'node:os';

/** Clock ticks of /proc in a second, on every Linux of today. */
const TICKS = 100;

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // a process that has just ended, or no Linux
  }
}

/** Seconds that all cores together have been busy. */
function busy(): number {
  const [user, nice, system, , , irq, softirq, steal] = read('/proc/stat')
    .split('\n')[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (
    [user, nice, system, irq, softirq, steal].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / TICKS
  );
}

/** Seconds that this process and those it started have been busy. */
function own(): number {
  const children = new Map<number, number[]>();
  const seconds = new Map<number, number>();
  for (const folder of fs.readdirSync('/proc')) {
    const stat = read(`/proc/${Number.parseInt(folder)}/stat`);
    if (!stat) continue;
    // After the name in parentheses: state, parent, …; user, system time and that of ended children are 12th to 15th.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [id, parent] = [Number(folder), fields[1]!];
    children.set(parent, [...(children.get(parent) ?? []), id]);
    seconds.set(id, fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / TICKS);
  }
  const family = (id: number): number =>
    (seconds.get(id) ?? 0) + (children.get(id) ?? []).reduce((sum, child) => sum + family(child), 0);
  return family(process.pid);
}

const known = read('/proc/stat') !== '';

/** Begins a stretch of time; its end tells how many cores other programs took on average, if that can be known. */
export function watchOthers(): () => number | null {
  if (!known) return () => null;
  const [start, all, ours] = [Date.now(), busy(), own()];
  return () => {
    const seconds = (Date.now() - start) / 1000;
    return Math.max(0, (busy() - all - (own() - ours)) / seconds);
  };
}

/** Waits until other programs were idle for two seconds, or the time is up. */
export async function waitUntilQuiet(seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (known && Date.now() < deadline) {
    const others = watchOthers();
    await new Promise((later) => setTimeout(later, 2000));
    if ((others() ?? 0) < 0.2) return;
  }
}

export interface Machine {
  cpu: string;
  cores: number;
  system: string;
}

export const machine = (): Machine => ({
  cpu: os.cpus()[0]?.model ?? 'unknown',
  cores: os.cpus().length,
  system: `${os.type()} ${os.arch()}`,
});
