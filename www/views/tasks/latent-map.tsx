import { useSignal } from '@preact/signals';
import { ask } from '../../actions';
import { formatNumber } from '../../i18n';
import { words } from '../../i18n/tasks';
import { outline } from '../../state';
import { Digit } from '../digit';
import { Grid } from './grid';
import { useLive } from './live';

const ACROSS = 15;
const EDGE = 2.5; // standard deviations of the prior
const STRIDE = 0.1;
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [-STRIDE, 0],
  ArrowRight: [STRIDE, 0],
  ArrowUp: [0, STRIDE],
  ArrowDown: [0, -STRIDE],
};

/** Row by row from the top. */
const places = Float32Array.from({ length: ACROSS * ACROSS * 2 }, (_, i) => {
  const place = i >> 1;
  const at = i % 2 === 0 ? place % ACROSS : ACROSS - 1 - Math.floor(place / ACROSS);
  return EDGE * ((2 * (at + 0.5)) / ACROSS - 1);
});

/** The plane that digits are squeezed into, decoded everywhere; and one place of it that the visitor moves. */
export function LatentMap() {
  const text = words.value;
  const at = useSignal<[number, number]>([0, 0]);
  const network = outline.value.predict.at(-1)!;
  const map = useLive(() => ask('part', { network, x: places, batch: 32 }), 800);
  const one = useLive(() => ask('part', { network, x: Float32Array.from(at.value), batch: 1 }), 400);
  const clamp = (value: number) => Math.max(-EDGE, Math.min(EDGE, value));
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = (value: number, from: number, length: number) => (2 * (value - from)) / length - 1;
    at.value = [
      clamp(EDGE * share(event.clientX, box.left, box.width)),
      clamp(-EDGE * share(event.clientY, box.top, box.height)),
    ];
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (!move) return;
    at.value = [clamp(at.value[0] + move[0]), clamp(at.value[1] + move[1])];
    event.preventDefault();
  };
  const [x, y] = at.value;
  const decimals = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const place = text.mapAt(formatNumber(x, decimals), formatNumber(y, decimals));
  return (
    <div class="card wide">
      <h3>{text.map}</h3>
      <div class="latent">
        <div
          class="plane"
          data-testid="latent-map"
          data-value={`${x.toFixed(1)} ${y.toFixed(1)}`}
          tabIndex={0}
          role="application"
          aria-label={text.mapLabel}
          aria-describedby="latent-place latent-about"
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            point(event);
          }}
          onPointerMove={(event) => event.buttons > 0 && point(event)}
        >
          {map && <Grid pixels={map} across={ACROSS} label={text.map} />}
          <i
            class="ring"
            aria-hidden="true"
            style={{ left: `${50 + (50 * x) / EDGE}%`, top: `${50 - (50 * y) / EDGE}%` }}
          />
        </div>
        <div class="decoded">
          <Digit pixels={one} />
          <p id="latent-place" role="status">
            {place}
          </p>
          <p class="muted" id="latent-about">
            {text.mapAbout}
          </p>
        </div>
      </div>
    </div>
  );
}
