import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../../actions';
import { formatNumber } from '../../i18n';
import { words } from '../../i18n/tasks';
import { history, outline, step, training } from '../../state';
import { normal } from './draws';
import { Grid } from './grid';
import { useLive } from './live';

const IMAGES = 36;
const ACROSS = 9;
const MOST = 60;

interface Snapshot {
  step: number;
  pixels: Float32Array;
}

/** The same noise through the generator, again and again: how forging is learned. */
export default function Generator() {
  const text = words.value;
  const snapshots = useSignal<Snapshot[]>([]);
  /** The snapshot that is looked at; none: the newest. */
  const chosen = useSignal<number | null>(null);
  const noise = useRef(normal(IMAGES * outline.value.noise, 7));
  const run = useRef(history.current);
  const made = useLive(async () => {
    const at = step.peek();
    return { step: at, pixels: await ask('generate', { noise: noise.current }) };
  }, 500);
  useEffect(() => {
    if (!made) return;
    let kept = snapshots.value;
    if (run.current !== history.current) {
      run.current = history.current;
      chosen.value = null;
      kept = [];
    }
    if (kept.at(-1)?.step === made.step) kept = kept.slice(0, -1);
    // Every second one of the older ones, so that the beginning stays.
    if (kept.length >= MOST) kept = kept.filter((_, i) => i % 2 === 0);
    snapshots.value = [...kept, made];
  }, [made]);
  const all = snapshots.value;
  const at = Math.min(chosen.value ?? all.length - 1, all.length - 1);
  const shown = all[at];
  const stepText = text.atStep(formatNumber(shown?.step ?? 0));
  return (
    <div class="card wide">
      <h3>
        {text.generated}{' '}
        <span class="count" data-testid="snapshots" data-value={all.length}>
          {shown && stepText}
        </span>
      </h3>
      {shown ? (
        <Grid
          testid="generated"
          pixels={shown.pixels}
          across={ACROSS}
          label={text.generatedLabel(formatNumber(shown.step))}
        />
      ) : (
        <p class="muted">{text.waiting}</p>
      )}
      <div class="scrubber">
        <label>
          {text.snapshot}
          <input
            type="range"
            data-testid="scrubber"
            min={0}
            max={Math.max(0, all.length - 1)}
            value={Math.max(0, at)}
            aria-valuetext={stepText}
            disabled={all.length < 2}
            onInput={(event) => (chosen.value = Number(event.currentTarget.value))}
          />
        </label>
        <button type="button" disabled={chosen.value === null} onClick={() => (chosen.value = null)}>
          {text.newest}
        </button>
      </div>
      <p class="muted" aria-live={training.value ? 'off' : 'polite'}>
        {text.generatedAbout}
      </p>
    </div>
  );
}
