import { ask } from '../../actions';
import { formatNumber } from '../../i18n';
import { words } from '../../i18n/tasks';
import { classOf } from '../../probabilities';
import { inspection, samples } from '../../state';
import { Digit } from '../digit';
import { labelName } from '../samples';
import Confusion from './confusion';
import { useLive } from './live';

const SHOWN = 24;

/** Test pictures and what they are taken for, live. */
export default function Pictures() {
  const text = words.value;
  const { test } = samples.value;
  const about = inspection.value!.about;
  const outputs = useLive(() => ask('predict-test', { count: SHOWN }), 300);
  const size = about.x.shape.reduce((product, length) => product * length, 1);
  const count = Math.min(SHOWN, test?.count ?? 0);
  const width = outputs && count > 0 ? outputs.length / count : 0;
  const predicted = Array.from({ length: count }, (_, i) =>
    width > 0 ? classOf(outputs!, width, i).best : null,
  );
  const right = predicted.filter((label, i) => label !== null && label === test?.y[i]).length;
  return (
    <>
      <div class="card test-digits pictures wide">
        <h3>
          {text.pictures}{' '}
          <span class="count" data-testid="pictures-right" data-value={width > 0 ? right : ''}>
            {width > 0 && text.right(formatNumber(right), formatNumber(count))}
          </span>
        </h3>
        <ul aria-label={text.pictures}>
          {predicted.map((guess, i) => {
            const label = test!.y[i]!;
            const [is, seen] = [labelName(about, label), guess === null ? '' : labelName(about, guess)];
            const name = guess === label ? text.isRight(is) : text.isWrong(is, seen);
            return (
              <li class={guess === null ? '' : guess === label ? 'right' : 'wrong'} title={name}>
                <Digit pixels={test!.x.subarray(i * size, (i + 1) * size)} shape={about.x.shape} />
                <span aria-hidden="true">
                  {guess === null ? '·' : `${guess === label ? '✓' : '✗'} ${seen}`}
                </span>
                <span class="visually-hidden">{name}</span>
              </li>
            );
          })}
        </ul>
        {count === 0 && <p class="muted">{text.waiting}</p>}
      </div>
      <Confusion />
    </>
  );
}
