import { useSignal } from '@preact/signals';
import { choosePreset, togglePlay } from '../actions';
import { formatLoss, formatNumber, formatPercent, t } from '../i18n';
import { presets } from '../presets';
import type { Review } from '../protocol';
import {
  endedEarly,
  epochsDone,
  inspection,
  loaded,
  phase,
  presetId,
  review,
  tick,
  validation,
} from '../state';
import { labelName } from './samples';
import { Digit } from './digit';

/** What came of it, and where to go from here. Below the pad: it must not move while somebody draws. */
export function Summary() {
  const text = t.value;
  const showMisses = useSignal(false);
  const now = tick.value;
  const result = validation.value;
  if (phase.value !== 'finished' || !now || !result) return null;
  const shape = inspection.value?.about.x.shape ?? [];
  const pictures = shape.length === 3;
  const next = presets[(presets.findIndex(({ id }) => id === presetId.value) + 1) % presets.length]!;
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
        {endedEarly.value && text.summaryEarly(formatNumber(loaded.value?.info.patience ?? 0))}{' '}
        {text.summaryValidation(
          result.accuracy === null ? formatLoss(result.loss) : formatPercent(result.accuracy, 2),
          formatNumber(result.count),
          result.accuracy !== null,
        )}{' '}
        {review.value && summaryOfTest(review.value)}{' '}
        {text.summaryTime(
          formatNumber(now.trainingSeconds, decimals),
          formatNumber((now.trainingSeconds * 1000) / Math.max(1, now.step), decimals),
        )}
      </p>
      <p class="next">
        <span>{text.next}</span>
        {pictures && review.value && review.value.misses.length > 0 && (
          <button
            type="button"
            aria-expanded={showMisses.value}
            onClick={() => (showMisses.value = !showMisses.value)}
          >
            {text.nextMisses}
          </button>
        )}
        <button type="button" onClick={() => choosePreset(next.id)}>
          {text.nextTry(text.presets[next.id][0])}
        </button>
        <button type="button" onClick={togglePlay}>
          {text.nextMore}
        </button>
        <button type="button" onClick={openEditor}>
          {text.nextEdit}
        </button>
      </p>
      {showMisses.value && pictures && review.value && <Misses review={review.value} shape={shape} />}
    </div>
  );
}

const nameOf = (label: number) => labelName(inspection.value?.about, label);

function summaryOfTest({ confusion, count, wrong }: Review): string {
  const right = t.value.summaryTest(formatPercent(1 - wrong / Math.max(1, count), 2), formatNumber(count));
  let worst = { label: 0, predicted: 0, times: 0 };
  confusion.forEach((row, label) =>
    row.forEach((times, predicted) => {
      if (label !== predicted && times > worst.times) worst = { label, predicted, times };
    }),
  );
  if (worst.times === 0) return right;
  const { label, predicted, times } = worst;
  return `${right} ${t.value.summaryConfusion(nameOf(label), nameOf(predicted), formatNumber(times))}`;
}

function Misses({ review, shape }: { review: Review; shape: number[] }) {
  const text = t.value;
  return (
    <div class="misses">
      <h4>{text.missesTitle}</h4>
      <p>{text.missesAbout(formatNumber(review.wrong), formatNumber(review.count))}</p>
      <ul>
        {review.misses.map((miss) => (
          <li>
            <Digit pixels={miss.x} shape={shape} />
            <span>
              {text.missCaption(
                nameOf(miss.label),
                nameOf(miss.predicted),
                formatPercent(miss.probability, 0),
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
