// The ratios as a picture: one bar a workload, on a logarithmic axis that begins where both are equally fast.
import { SPEC } from '../common/spec';
import type { Engine } from './libraries';
import type { BrowserRun } from './records';
import { duels, matches, type Comparison } from './summary';
import { plural, times } from './table';
import { adapterName } from './tables';
import { speedTarget } from './targets';

interface Bar extends Comparison {
  label: string;
  target?: number;
}

const WIDTH = 760;
const LEFT = 210;
const RIGHT = 90;
const ROW = 30;
const HEAD = 84;
const TICKS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Ours against the best peer: on the left of 1× slower, on the right faster. */
export function picture(run: BrowserRun): string {
  const groups = (
    [
      ['gpu', 'WebGPU', 'ours'],
      ['cpu', 'CPU engine', 'ours-cpu'],
    ] as const
  ).map(([engine, title, library]) => ({ title, bars: bars(run, engine, library) }));
  const shown = groups.filter(({ bars }) => bars.length > 0);
  const scale = axis(shown.flatMap(({ bars }) => bars));
  let y = HEAD;
  const parts = shown.map(({ title, bars }) => {
    const top = y;
    y += 34 + bars.length * ROW + 14;
    return group(title, bars, top, scale);
  });
  const bottom = y + 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 50}" width="${WIDTH}" role="img" aria-labelledby="title">
<title id="title">Steps per second of Trainyard as multiples of the best peer's</title>
<style>
  svg { font: 14px system-ui, sans-serif; --paper: #fff; --ink: #1c2024; --soft: #5b6470; --line: #d8dde3; --bar: #2a78d6; --less: #c2571a; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #15181c; --ink: #eceff2; --soft: #a3adb8; --line: #333a42; --bar: #5b9df0; --less: #e58a4e; }
  }
  .paper { fill: var(--paper) } text { fill: var(--ink) } .soft { fill: var(--soft); font-size: 12px } .strong { font-weight: 600 }
  .grid { stroke: var(--line) } .one { stroke: var(--soft) } .bar { fill: var(--bar) } .less { fill: var(--less) }
  .spread { stroke: var(--ink); stroke-width: 1.5 } .target { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 3 2 }
</style>
<rect class="paper" width="${WIDTH}" height="${bottom + 50}" rx="8"/>
<text class="strong" x="20" y="30" font-size="17">Speed against the best peer</text>
<text class="soft" x="20" y="50">${escape(adapterName(run))}</text>
<text class="soft" x="20" y="68">Steps per second; logarithmic axis. Thin lines: lowest to highest of ${plural(run.rounds, 'round')}. Dashes: targets.</text>
${scale.ticks.map((tick) => grid(tick, scale, HEAD + 20, bottom)).join('\n')}
${parts.join('\n')}
<text class="soft" x="20" y="${bottom + 38}">Chromium ${run.browser} · ${escape(run.machine.cpu)}, ${run.machine.cores} cores · ${run.when.slice(0, 10)} · ${run.commit}</text>
</svg>
`;
}

function bars(run: BrowserRun, engine: Engine, library: string): Bar[] {
  return matches(run)
    .filter((match) => match.engine === engine)
    .flatMap(duels)
    .filter(({ ours }) => ours.library === library)
    .flatMap((duel) =>
      [...duel.comparisons].map(([name, comparison]) => ({
        ...comparison,
        label: `${duel.workload} ${name ? `GEMM ${name}` : SPEC[duel.workload].title}`,
        target: speedTarget(duel),
      })),
    );
}

interface Scale {
  ticks: number[];
  x(ratio: number): number;
}

function axis(bars: Bar[]): Scale {
  const values = bars.flatMap(({ ratio, rounds, target }) => [ratio, rounds.low, rounds.high, target ?? 1]);
  const low = Math.min(1, ...values) * 0.9;
  const high = Math.max(2, ...values) * 1.1;
  const x = (ratio: number) => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(ratio / low)) / Math.log(high / low);
  return { ticks: TICKS.filter((tick) => tick >= low && tick <= high), x };
}

const line = (kind: string, x1: number, y1: number, x2: number, y2: number) =>
  `<line class="${kind}" x1="${x1.toFixed(1)}" y1="${y1}" x2="${x2.toFixed(1)}" y2="${y2}"/>`;

function grid(tick: number, { x }: Scale, top: number, bottom: number): string {
  const at = x(tick);
  const label = `<text class="soft" x="${at.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${tick}×</text>`;
  return line(tick === 1 ? 'one' : 'grid', at, top, at, bottom) + label;
}

function group(title: string, bars: Bar[], top: number, { x }: Scale): string {
  const rows = bars.map(({ label, ratio, rounds, target }, i) => {
    const y = top + 34 + i * ROW;
    const middle = y + 9;
    const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
    return [
      `<text x="${LEFT - 12}" y="${y + 14}" text-anchor="end">${escape(label)}</text>`,
      `<rect class="${ratio < 1 ? 'less' : 'bar'}" x="${from.toFixed(1)}" y="${y}" width="${Math.max(1, to - from).toFixed(1)}" height="18" rx="3"/>`,
      line('spread', x(rounds.low), middle, x(rounds.high), middle),
      target === undefined ? '' : line('target', x(target), y - 3, x(target), y + 21),
      `<text class="strong" x="${WIDTH - 20}" y="${y + 14}" text-anchor="end">${times(ratio)}</text>`,
    ].join('');
  });
  return [`<text class="strong" x="20" y="${top + 18}">${title}</text>`, ...rows].join('\n');
}

const escape = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
