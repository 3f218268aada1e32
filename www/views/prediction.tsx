import { formatPercent, t } from '../i18n';
import { CLASSES } from '../protocol';
import { drawing } from '../state';
import { classOf } from '../probabilities';
import { Digit } from './digit';

const classes = Array.from({ length: CLASSES }, (_, digit) => digit);

/** What the network sees of the drawing, and what it makes of it, live while it learns. */
export function Prediction() {
  const text = t.value;
  const seen = drawing.value;
  const probabilities = seen && seen.probabilities.length === CLASSES ? seen.probabilities : null;
  const best = probabilities ? classOf(probabilities, CLASSES).best : null;
  return (
    <div class="prediction">
      <div class="answer">
        <Digit pixels={seen && seen.pixels.length > 0 ? seen.pixels : null} />
        <p>
          <span class="visually-hidden">{text.prediction} </span>
          <b data-testid="prediction" data-value={best ?? ''}>
            {best ?? ''}
          </b>
          <span class="muted">
            {best === null ? text.predictionEmpty : formatPercent(probabilities![best]!, 0)}
          </span>
        </p>
      </div>
      <p class="muted">{text.seen}</p>
      <ul class="bars" aria-label={text.probabilities}>
        {classes.map((digit) => (
          <li class={digit === best ? 'best' : ''}>
            <span>{digit}</span>
            <span class="bar" aria-hidden="true">
              <i style={{ width: `${100 * (probabilities?.[digit] ?? 0)}%` }} />
            </span>
            <span>{probabilities ? formatPercent(probabilities[digit]!, 0) : '–'}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
