import uPlot from 'uplot';
import { columns, type Columns } from './decimate';
import type { History, Quantity } from './history';

const HEIGHT = 160;
const DRAW_EVERY = 60; // ms
const DRAW_SHARE = 0.15; // of the main thread, at most

/** Of several curves in one chart: never told apart by colour alone. */
export const STYLES = [
  { color: '--train', dash: [] },
  { color: '--validation', dash: [7, 4] },
  { color: '--third', dash: [2, 3] },
];

export interface Hover {
  step: number;
  /** Of each curve. */
  train: (number | null)[];
  validation: number | null;
}

export interface PlotOptions {
  /** One: with its validation, and as it was before smoothing. Several: a curve each. */
  quantities: Quantity[];
  log: boolean;
  formatStep: (step: number) => string;
  formatValue: (value: number) => string;
  onHover: (hover: Hover | null) => void;
}

/** A uPlot that follows a growing history, and never takes more than its share of the page's time. */
export class LivePlot {
  #plot: uPlot;
  #resize: ResizeObserver;
  #history: History;
  #frame = 0;
  #timer = 0;
  #nextDraw = 0;

  constructor(
    private readonly host: HTMLElement,
    history: History,
    private readonly options: PlotOptions,
  ) {
    this.#history = history;
    this.#plot = new uPlot(this.#configure(), this.#columns() as uPlot.AlignedData, host);
    this.#resize = new ResizeObserver(() => {
      if (this.host.clientWidth !== this.#plot.width) {
        this.#plot.setSize({ width: Math.max(this.host.clientWidth, 50), height: HEIGHT });
      }
    });
    this.#resize.observe(host);
  }

  show(history: History): void {
    this.#history = history;
    if (this.#frame || this.#timer) return;
    const wait = this.#nextDraw - performance.now();
    if (wait > 0) this.#timer = window.setTimeout(() => this.#request(), wait);
    else this.#request();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#resize.disconnect();
    this.#plot.destroy();
  }

  #request(): void {
    this.#timer = 0;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const start = performance.now();
      this.#plot.setData(this.#columns() as uPlot.AlignedData);
      const took = performance.now() - start;
      this.#nextDraw = start + Math.max(DRAW_EVERY, took / DRAW_SHARE);
    });
  }

  #columns(): Columns {
    const { quantities } = this.options;
    const [first] = quantities;
    const history = this.#history;
    const curves = quantities.map((quantity) => history.curve(quantity).smooth);
    const points: [number, number][] = [];
    if (quantities.length === 1) {
      curves.unshift(history.curve(first!).raw);
      for (const point of history.validation) {
        const value = typeof first === 'number' ? point.terms[first] : point[first!];
        if (value != null) points.push([point.step, value]);
      }
    }
    return columns(history, curves, points, Math.max(50, this.host.clientWidth - 60));
  }

  #configure(): uPlot.Options {
    const style = getComputedStyle(this.host);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const { quantities, log, formatStep, formatValue } = this.options;
    const single = quantities.length === 1;
    const none = { points: { show: false } };
    const axis = (size: number, format: (value: number) => string): uPlot.Axis => ({
      size,
      stroke: color('--muted'),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: color('--grid'), width: 1 },
      ticks: { show: false },
      values: (_, splits) => splits.map((value) => (value === null ? '' : format(value))),
    });
    return {
      width: Math.max(this.host.clientWidth, 50),
      height: HEIGHT,
      padding: [10, 12, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'training' }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: (_, __, max) => [0, Math.max(max ?? 0, 20)] },
        y:
          quantities[0] === 'accuracy'
            ? { range: [0, 1.02] }
            : log
              ? { distr: 3 }
              : { range: (_, __, max) => [0, Math.max((max ?? 0) * 1.05, 0.1)] },
      },
      axes: [axis(28, formatStep), axis(46, formatValue)],
      series: [
        {},
        ...(single ? [{ stroke: color('--train-faint'), width: 1, ...none }] : []),
        ...quantities.map((_, k) => {
          const { color: name, dash } = STYLES[k % STYLES.length]!;
          return { stroke: color(name), width: 2, dash, ...none };
        }),
        {
          stroke: color('--validation'),
          width: 2,
          dash: [7, 4],
          points: { show: true, size: 6, fill: color('--validation') },
        },
      ],
      hooks: {
        draw: [(plot) => this.#markNotFinite(plot, color('--bad'))],
        setCursor: [(plot) => this.#hover(plot)],
      },
    };
  }

  /** A triangle at the top where the loss was no number; the text below the chart says so in words. */
  #markNotFinite(plot: uPlot, color: string): void {
    const { ctx, bbox } = plot;
    const size = 7 * devicePixelRatio;
    ctx.save();
    ctx.fillStyle = color;
    for (const step of this.#history.notFinite.slice(0, 50)) {
      const x = plot.valToPos(step, 'x', true);
      ctx.beginPath();
      ctx.moveTo(x - size, bbox.top);
      ctx.lineTo(x + size, bbox.top);
      ctx.lineTo(x, bbox.top + size * 1.6);
      ctx.fill();
    }
    ctx.restore();
  }

  #hover(plot: uPlot): void {
    const index = plot.cursor.idx;
    if (index === null || index === undefined || (plot.cursor.left ?? -1) < 0) {
      return this.options.onHover(null);
    }
    const data = plot.data as Columns;
    const skipped = this.options.quantities.length === 1 ? 2 : 1;
    const validation = data.at(-1)!;
    let last = index;
    while (last > 0 && validation[last] === undefined) last--;
    this.options.onHover({
      step: data[0][index] ?? 0,
      train: data.slice(skipped, -1).map((curve) => curve[index] ?? null),
      validation: validation[last] ?? null,
    });
  }
}
