import { ask } from '../../actions';
import { formatNumber } from '../../i18n';
import { words } from '../../i18n/tasks';
import { classOf } from '../../probabilities';
import { inspection, samples } from '../../state';
import { labelName } from '../samples';
import Confusion from './confusion';
import { useLive } from './live';
import { Microphone } from './microphone';
import { playBytes } from './audio';

const SHOWN = 12;
const EVERY = 7; // so that several digits and voices are among them

/** Test sounds to listen to, what they are taken for, and the visitor's own voice. */
export default function Sound() {
  const text = words.value;
  const about = inspection.value!.about;
  const { test } = samples.value;
  const outputs = useLive(() => ask('predict-test', { count: SHOWN * EVERY }), 400);
  const count = Math.min(SHOWN, Math.floor((test?.count ?? 0) / EVERY));
  const width = outputs && outputs.length > 0 ? (about.y?.count ?? 10) : 0;
  const rows = Array.from({ length: count }, (_, i) => ({
    index: i * EVERY,
    label: test!.y[i * EVERY]!,
    guess:
      width > 0 && outputs!.length >= (i * EVERY + 1) * width
        ? classOf(outputs!, width, i * EVERY).best
        : null,
  }));
  const right = rows.filter(({ label, guess }) => label === guess).length;
  return (
    <>
      <Microphone />
      <div class="card test-digits sounds wide">
        <h3>
          {text.sound}{' '}
          <span class="count" data-testid="sounds-right" data-value={width > 0 ? right : ''}>
            {width > 0 && text.right(formatNumber(right), formatNumber(count))}
          </span>
        </h3>
        <ul aria-label={text.sound}>
          {rows.map(({ index, label, guess }) => {
            const [is, heard] = [labelName(about, label), guess === null ? '' : labelName(about, guess)];
            const name = guess === label ? text.isRight(is) : text.isWrong(is, heard);
            return (
              <li class={guess === null ? '' : guess === label ? 'right' : 'wrong'}>
                <button
                  type="button"
                  aria-label={text.play(is)}
                  onClick={() => void ask('sound', { index }).then(playBytes)}
                >
                  ▶ <span lang="en">{is}</span>
                </button>
                <span aria-hidden="true">
                  {guess === null ? '·' : `${guess === label ? '✓' : '✗'} ${heard}`}
                </span>
                <span class="visually-hidden">{guess === null ? '' : name}</span>
              </li>
            );
          })}
        </ul>
        {count === 0 && <p class="muted">{text.waiting}</p>}
        <p class="muted">{text.soundAbout}</p>
      </div>
      <Confusion />
    </>
  );
}
