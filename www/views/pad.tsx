import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { draw } from '../actions';
import { t } from '../i18n';
import { PIXELS, TEST_DIGITS } from '../protocol';
import { samples } from '../state';
import { Ink, SIZE } from './ink';
import { Prediction } from './prediction';

const STRIDE = 10; // one of the 28 pixels
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [-STRIDE, 0],
  ArrowRight: [STRIDE, 0],
  ArrowUp: [0, -STRIDE],
  ArrowDown: [0, STRIDE],
};

export function Pad() {
  const text = t.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const ink = useRef<Ink | null>(null);
  const stroke = useRef<{ x: number; y: number } | null>(null);
  const frame = useRef(0);
  const nextDigit = useRef(0);
  const pen = useSignal({ x: SIZE / 2, y: SIZE / 2, down: false });
  const empty = useSignal(true);
  useEffect(() => {
    ink.current = new Ink(canvas.current!);
  }, []);

  /** At most once a frame: a stroke has many points. */
  const changed = () => {
    empty.value = ink.current!.empty;
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      draw(ink.current!.read());
    });
  };
  const at = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * SIZE) / box.width,
      y: ((event.clientY - box.top) * SIZE) / box.height,
    };
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.current!.setPointerCapture(event.pointerId);
    stroke.current = at(event);
    ink.current!.line(stroke.current.x, stroke.current.y, stroke.current.x, stroke.current.y);
    changed();
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!stroke.current) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      const to = at(each);
      ink.current!.line(stroke.current.x, stroke.current.y, to.x, to.y);
      stroke.current = to;
    }
    changed();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { x, y, down } = pen.value;
    const move = MOVES[event.key];
    if (move) {
      const clamp = (value: number) => Math.max(STRIDE, Math.min(SIZE - STRIDE, value));
      pen.value = { x: clamp(x + move[0]), y: clamp(y + move[1]), down };
      if (down) {
        ink.current!.line(x, y, pen.value.x, pen.value.y);
        changed();
      }
    } else if (event.key === ' ') {
      pen.value = { x, y, down: !down };
      if (!down) {
        ink.current!.line(x, y, x, y);
        changed();
      }
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      clear();
    } else {
      return;
    }
    event.preventDefault();
  };
  const clear = () => {
    ink.current!.clear();
    changed();
  };
  const stamp = () => {
    const images = samples.value.test;
    if (!images) return;
    const index = nextDigit.current++ % TEST_DIGITS;
    ink.current!.stamp(images.x.subarray(index * PIXELS, (index + 1) * PIXELS));
    changed();
  };
  const { x, y, down } = pen.value;
  return (
    <div class="card draw">
      <h3>{text.draw}</h3>
      <div class="draw-body">
        <div class="pad-side">
          <div class="pad">
            <canvas
              ref={canvas}
              data-testid="draw-pad"
              data-own-keys
              width={SIZE}
              height={SIZE}
              tabIndex={0}
              role="application"
              aria-label={text.padLabel}
              aria-describedby="pad-help pen-state"
              onPointerDown={onPointerDown}
              onPointerMove={onPointerMove}
              onPointerUp={() => (stroke.current = null)}
              onPointerCancel={() => (stroke.current = null)}
              onKeyDown={onKeyDown}
            />
            {empty.value && (
              <span class="pad-hint" aria-hidden="true">
                {text.padHint}
              </span>
            )}
            <span
              class={`pen ${down ? 'down' : ''}`}
              aria-hidden="true"
              style={{ left: `${(100 * x) / SIZE}%`, top: `${(100 * y) / SIZE}%` }}
            />
          </div>
          <div class="buttons">
            <button type="button" data-testid="clear" onClick={clear}>
              {text.clear}
            </button>
            <button type="button" data-testid="use-test-digit" onClick={stamp} disabled={!samples.value.test}>
              {text.useTestDigit}
            </button>
          </div>
        </div>
        <Prediction />
      </div>
      <p class="muted" id="pad-help">
        {text.padHelp}
      </p>
      <span class="visually-hidden" id="pen-state">
        {down ? text.penDown : text.penUp}
      </span>
    </div>
  );
}
