import { formatNumber, t } from '../i18n';
import { CLASSES, PIXELS, TEST_DIGITS } from '../protocol';
import { samples, testProbabilities } from '../state';
import { classOf } from '../probabilities';
import { Digit } from './digit';
import { useMemo } from 'preact/hooks';

/** Red and ✗ turn green and ✓ as the network learns: never by colour alone. */
export function TestDigits() {
  const text = t.value;
  const images = samples.value.test;
  const probabilities = testProbabilities.value;
  const pixels = useMemo(
    () =>
      Array.from({ length: TEST_DIGITS }, (_, i) =>
        images ? images.x.subarray(i * PIXELS, (i + 1) * PIXELS) : null,
      ),
    [images],
  );
  const predicted = pixels.map((_, i) =>
    images && probabilities ? classOf(probabilities, CLASSES, i).best : null,
  );
  const right = predicted.filter((digit, i) => digit !== null && digit === images?.y[i]).length;
  return (
    <div class="card test-digits">
      <h3>
        {text.testDigits}{' '}
        <span class="count" data-testid="digits-right" data-value={right}>
          {probabilities && text.testDigitsRight(formatNumber(right), formatNumber(TEST_DIGITS))}
        </span>
      </h3>
      <ul aria-label={text.testDigitsCaption}>
        {pixels.map((image, i) => (
          <TestDigit pixels={image} label={images?.y[i] ?? null} predicted={predicted[i] ?? null} />
        ))}
      </ul>
      <p class="muted">{text.testDigitsCaption}</p>
    </div>
  );
}

interface Props {
  pixels: Uint8Array | null;
  label: number | null;
  predicted: number | null;
}

function TestDigit({ pixels, label, predicted }: Props) {
  const text = t.value;
  const known = label !== null && predicted !== null;
  const right = known && label === predicted;
  const name = !known
    ? text.digitWaiting
    : right
      ? text.digitRight(String(label))
      : text.digitWrong(String(label), String(predicted));
  return (
    <li class={known ? (right ? 'right' : 'wrong') : ''} title={name}>
      <Digit pixels={pixels} />
      <span aria-hidden="true">{known ? `${right ? '✓' : '✗'} ${predicted}` : '·'}</span>
      <span class="visually-hidden">{name}</span>
    </li>
  );
}
