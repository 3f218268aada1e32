import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { stopWriting, write } from '../../actions';
import { words } from '../../i18n/tasks';
import { formatNumber } from '../../i18n';
import { inspection, networkVersion, outline, training } from '../../state';
import '../../styles/tasks.css';

const AGAIN = 2500; // ms between a text and the next while it trains
const NAMES = 12;
const CHARACTERS = 300;

/** What a language model writes, token by token, while it learns or afterwards. */
export default function Writer() {
  const text = words.value;
  const names = outline.value.task === 'names';
  const prompt = useSignal(names ? '' : 'The whale ');
  const temperature = useSignal(0.8);
  const topK = useSignal(0);
  const seed = useSignal(1);
  const again = useSignal(true);
  const writing = useSignal(false);
  const lines = useSignal<string[]>([]);
  const error = useSignal('');
  const known = inspection.value?.about.x.names ?? [];
  const typed = names ? prompt.value.toLowerCase() : prompt.value;
  const unknown = [...new Set([...typed].filter((character) => !known.includes(character)))];

  const start = () => {
    if (unknown.length > 0) return;
    error.value = '';
    writing.value = true;
    const fresh: string[] = [];
    const job = {
      prompt: typed,
      temperature: temperature.value,
      topK: topK.value,
      seed: seed.value,
      length: names ? 14 : CHARACTERS,
      count: names ? NAMES : 1,
    };
    write(job, (event) => {
      if (event.error) error.value = event.error;
      else fresh[event.index] = event.text;
      // The names before stay until as many new ones are there.
      lines.value = event.done ? fresh : [...fresh, ...lines.value.slice(fresh.length)];
      if (!names) lines.value = [...fresh];
      if (event.done) writing.value = false;
    });
  };
  useEffect(() => stopWriting, []);
  // At first, whenever the network is another one, and from time to time while it learns.
  useEffect(() => {
    if (!writing.value && (again.value || lines.value.length === 0)) start();
  }, [networkVersion.value]);
  useEffect(() => {
    if (writing.value || !training.value || !again.value) return;
    const timer = setTimeout(start, AGAIN);
    return () => clearTimeout(timer);
  }, [writing.value, training.value, again.value]);

  return (
    <div class="card wide writer">
      <h3>{names ? text.names : text.text}</h3>
      <div class="fields">
        <label class="prompt">
          {text.prompt}
          <input
            type="text"
            data-testid="prompt"
            lang="en"
            autocomplete="off"
            spellcheck={false}
            value={prompt.value}
            aria-invalid={unknown.length > 0}
            aria-describedby="prompt-error"
            onInput={(event) => (prompt.value = event.currentTarget.value)}
          />
        </label>
        <label>
          {text.temperature}
          <input
            type="number"
            data-testid="temperature"
            min={0}
            max={2}
            step={0.1}
            value={temperature.value}
            onInput={(event) => (temperature.value = bounded(event.currentTarget.value, 0, 2, 0.8))}
          />
        </label>
        <label>
          {text.topK}
          <input
            type="number"
            data-testid="top-k"
            min={0}
            max={known.length}
            step={1}
            value={topK.value}
            onInput={(event) => (topK.value = Math.round(bounded(event.currentTarget.value, 0, 256, 0)))}
          />
        </label>
        <label>
          {text.seed}
          <input
            type="number"
            data-testid="text-seed"
            min={0}
            step={1}
            value={seed.value}
            onInput={(event) =>
              (seed.value = Math.round(bounded(event.currentTarget.value, 0, 2 ** 32 - 1, 1)))
            }
          />
        </label>
        <div class="buttons">
          <button
            type="button"
            class="primary"
            data-testid="write"
            onClick={start}
            disabled={unknown.length > 0}
          >
            {text.write}
          </button>
          <button type="button" data-testid="stop-writing" onClick={stopWriting} disabled={!writing.value}>
            {text.stop}
          </button>
        </div>
      </div>
      <p id="prompt-error" class="error" role="status">
        {unknown.length > 0 ? text.unknownCharacters(unknown.map((c) => `“${c}”`).join(' ')) : error.value}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={again.value}
          onChange={(event) => (again.value = event.currentTarget.checked)}
        />
        {text.whileTraining}
      </label>
      {names ? (
        <ul class="names" lang="en" data-testid="written" data-value={lines.value.length}>
          {Array.from({ length: NAMES }, (_, i) => (
            <li>{lines.value[i] ?? '…'}</li>
          ))}
        </ul>
      ) : (
        <pre
          class="written"
          lang="en"
          tabIndex={0}
          role="region"
          aria-label={text.text}
          data-testid="written"
          data-value={formatNumber(lines.value[0]?.length ?? 0, { useGrouping: false })}
        >
          {lines.value[0] ?? text.nothingWritten}
        </pre>
      )}
      <p class="muted">{text.textAbout}</p>
    </div>
  );
}

/** What makes no number leaves it at `otherwise`. */
function bounded(typed: string, least: number, most: number, otherwise: number): number {
  const value = typed.trim() === '' ? NaN : Number(typed);
  return Number.isFinite(value) ? Math.max(least, Math.min(most, value)) : otherwise;
}
