import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../../actions';
import { formatNumber, formatPercent } from '../../i18n';
import { words } from '../../i18n/tasks';
import { classOf } from '../../probabilities';
import type { Samples } from '../../protocol';
import { outline, samples } from '../../state';
import { themeVersion } from '../../theme';
import { numbersOf } from '../samples';
import { useLive } from './live';

const CELLS = 64;
const SIZE = 512; // pixels of the canvas; CSS decides how large they are
const EDGE = 1.25; // of the plane

/** Cell centres, row by row from the top. */
const grid = Float32Array.from({ length: CELLS * CELLS * 2 }, (_, i) => {
  const cell = i >> 1;
  const at = i % 2 === 0 ? cell % CELLS : CELLS - 1 - Math.floor(cell / CELLS);
  return EDGE * ((2 * (at + 0.5)) / CELLS - 1);
});

/** What the network says of every place of the plane, and the points that it learns from. */
export default function Boundary() {
  const text = words.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const showTest = useSignal(false);
  const { train, test } = samples.value;
  const outputs = useLive(() => {
    const known = samples.value.test;
    const points = known ? numbersOf(known.x) : new Float32Array();
    const x = new Float32Array(grid.length + points.length);
    x.set(grid);
    x.set(points, grid.length);
    return ask('part', { network: outline.value.predict[0]!, x, batch: 1024 });
  }, 150);
  const rows = CELLS * CELLS + (test?.count ?? 0);
  const width = outputs && outputs.length % rows === 0 ? outputs.length / rows : 1;
  const cells = outputs?.subarray(0, CELLS * CELLS * width) ?? null;
  useEffect(() => {
    draw(canvas.current!, cells, width, train, showTest.value ? test : null);
  }, [outputs, train, test, showTest.value, themeVersion.value]);

  let second = 0;
  let right = 0;
  if (outputs && test) {
    for (let i = 0; i < CELLS * CELLS; i++) second += classOf(outputs, width, i).best;
    for (let i = 0; i < test.count; i++) {
      if (classOf(outputs, width, CELLS * CELLS + i).best === test.y[i]) right += 1;
    }
  }
  return (
    <div class="card wide boundary">
      <h3>{text.boundary}</h3>
      <canvas
        ref={canvas}
        width={SIZE}
        height={SIZE}
        role="img"
        aria-label={text.boundaryLabel}
        aria-describedby="boundary-summary"
        data-testid="boundary"
        data-value={outputs ? formatShare(second) : ''}
      />
      <div>
        <p class="legend">
          <span>
            <i class="mark round" /> {text.boundaryClass('0')}
          </span>
          <span>
            <i class="mark square" /> {text.boundaryClass('1')}
          </span>
        </p>
        <p class="muted">{text.boundaryProbability}</p>
        <label class="check">
          <input
            type="checkbox"
            checked={showTest.value}
            onChange={(event) => (showTest.value = event.currentTarget.checked)}
          />
          {text.boundaryTest}
        </label>
        <p id="boundary-summary" data-testid="boundary-right" data-value={outputs && test ? right : ''}>
          {outputs && test
            ? text.boundarySummary(
                formatNumber(right),
                formatNumber(test.count),
                formatPercent(second / (CELLS * CELLS), 0),
              )
            : text.waiting}
        </p>
      </div>
    </div>
  );
}

const formatShare = (second: number) => (second / (CELLS * CELLS)).toFixed(3);

type Color = [number, number, number];

function draw(
  canvas: HTMLCanvasElement,
  cells: Float32Array | null,
  width: number,
  train: Samples | null,
  test: Samples | null,
): void {
  const context = canvas.getContext('2d')!;
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name).trim();
  context.clearRect(0, 0, SIZE, SIZE);
  if (cells) {
    const [middle, ...ends] = ['--card', '--validation', '--train'].map((name) => rgb(color(name)));
    const image = new ImageData(CELLS, CELLS);
    for (let i = 0; i < CELLS * CELLS; i++) {
      const { best, probability } = classOf(cells, width, i);
      const strength = (probability - 0.5) * 1.3;
      for (let c = 0; c < 3; c++) {
        image.data[i * 4 + c] = middle![c]! + (ends[best]![c]! - middle![c]!) * Math.max(0, strength);
      }
      image.data[i * 4 + 3] = 255;
    }
    const small = document.createElement('canvas');
    small.width = small.height = CELLS;
    small.getContext('2d')!.putImageData(image, 0, 0);
    context.drawImage(small, 0, 0, SIZE, SIZE);
  }
  for (const [points, size] of [
    [train, 4],
    [test, 6],
  ] as const) {
    if (!points) continue;
    const x = numbersOf(points.x);
    for (let i = 0; i < points.count; i++) {
      const left = (x[2 * i]! / EDGE / 2 + 0.5) * SIZE;
      const top = (0.5 - x[2 * i + 1]! / EDGE / 2) * SIZE;
      // Round or square: not by colour alone.
      context.fillStyle = color(points.y[i] === 1 ? '--train' : '--validation');
      context.strokeStyle = color(points === test ? '--text' : '--card');
      context.lineWidth = points === test ? 2 : 1;
      context.beginPath();
      if (points.y[i] === 1) context.rect(left - size, top - size, 2 * size, 2 * size);
      else context.arc(left, top, size, 0, 7);
      context.fill();
      context.stroke();
    }
  }
}

const rgb = (hex: string): Color =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Color;
