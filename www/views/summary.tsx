import { useSignal } from '@preact/signals';
import { choosePreset, togglePlay } from '../actions';
import { formatNumber, formatPercent, t } from '../i18n';
import type { Review } from '../protocol';
import { epochsDone, phase, presetId, review, tick, validation } from '../state';
import { Digit } from './digit';

/** What came of it, and where to go from here. Below the pad: it must not move while somebody draws. */
export function Summary() {
  const text = t.value;
  const showMisses = useSignal(false);
  const now = tick.value;
  const result = validation.value;
  if (phase.value !== 'finished' || !now || !result) return null;
  const decimals = { maximumFractionDigits: 1 };
  const openEditor = () => {
    const editor = document.getElementById('editor') as HTMLDetailsElement;
    editor.open = true;
    editor.querySelector('textarea')!.focus();
  };
  return (
    <div class="card done" id="summary" data-testid="summary">
      <h3>{text.summaryTitle(formatNumber(epochsDone.value))}</h3>
      <p>
        {text.summaryAccuracy(formatPercent(result.accuracy, 2), formatNumber(result.count))}{' '}
        {review.value && worstConfusion(review.value)}{' '}
        {text.summaryTime(
          formatNumber(now.trainingSeconds, decimals),
          formatNumber((now.trainingSeconds * 1000) / Math.max(1, now.step), decimals),
        )}
      </p>
      <p class="next">
        <span>{text.next}</span>
        {review.value && review.value.misses.length > 0 && (
          <button
            type="button"
            aria-expanded={showMisses.value}
            onClick={() => (showMisses.value = !showMisses.value)}
          >
            {text.nextMisses}
          </button>
        )}
        <button
          type="button"
          onClick={() => choosePreset(presetId.value === 'mnist-cnn' ? 'mnist-mlp' : 'mnist-cnn')}
        >
          {presetId.value === 'mnist-cnn' ? text.nextMlp : text.nextCnn}
        </button>
        <button type="button" onClick={togglePlay}>
          {text.nextMore}
        </button>
        <button type="button" onClick={openEditor}>
          {text.nextEdit}
        </button>
      </p>
      {showMisses.value && review.value && <Misses review={review.value} />}
    </div>
  );
}

function worstConfusion({ confusion, count }: Review): string {
  let worst = { label: 0, predicted: 0, times: 0 };
  confusion.forEach((row, label) =>
    row.forEach((times, predicted) => {
      if (label !== predicted && times > worst.times) worst = { label, predicted, times };
    }),
  );
  if (worst.times === 0) return '';
  return t.value.summaryConfusion(
    String(worst.label),
    String(worst.predicted),
    formatNumber(worst.times),
    formatNumber(count),
  );
}

function Misses({ review }: { review: Review }) {
  const text = t.value;
  return (
    <div class="misses">
      <h4>{text.missesTitle}</h4>
      <p>{text.missesAbout(formatNumber(review.wrong), formatNumber(review.count))}</p>
      <ul>
        {review.misses.map((miss) => (
          <li>
            <Digit pixels={miss.pixels} />
            <span>
              {text.missCaption(
                String(miss.label),
                String(miss.predicted),
                formatPercent(miss.probability, 0),
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
