import { useSignal } from '@preact/signals';
import { ask } from '../../actions';
import { formatNumber } from '../../i18n';
import { words } from '../../i18n/tasks';
import { inspection } from '../../state';
import { Bars } from './bars';
import Confusion from './confusion';
import { useLive } from './live';

/** A name of the visitor's, letter by letter. */
export default function Word() {
  const text = words.value;
  const typed = useSignal('alexandra');
  const { x, y } = inspection.value!.about;
  const most = (x.shape[0] ?? 3) - 2; // begin and end
  const name = typed.value.trim().toLowerCase();
  const valid = name !== '' && name.length <= most && [...name].every((letter) => x.names?.includes(letter));
  const probabilities = useLive(async () => {
    const now = typed.value.trim().toLowerCase();
    return now ? ask('predict-text', { text: now }) : null;
  }, 250);
  return (
    <>
      <div class="card wide">
        <h3>{text.word}</h3>
        <label class="wide-field">
          {text.wordLabel}
          <input
            type="text"
            data-testid="word"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            lang="en"
            value={typed.value}
            aria-invalid={!valid}
            aria-describedby="word-error"
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </label>
        <p id="word-error" class="error" role="status">
          {!valid && text.wordHint(formatNumber(most))}
        </p>
        <Bars
          label={text.probabilities}
          names={y?.names ?? []}
          probabilities={valid ? probabilities : null}
        />
        <p class="muted">{text.wordAbout}</p>
      </div>
      <Confusion />
    </>
  );
}
