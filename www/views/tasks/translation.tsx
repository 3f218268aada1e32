import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ask } from '../../actions';
import { formatNumber, formatPercent } from '../../i18n';
import { words } from '../../i18n/tasks';
import type { About, Samples, Translation } from '../../protocol';
import { inspection, samples } from '../../state';
import { tokensOf } from '../samples';
import { useLive } from './live';

const TESTS = 6;

/** A sequence in, a sequence out, and where the network looked. */
export default function TranslationView() {
  const text = words.value;
  const about = inspection.value!.about;
  const { test } = samples.value;
  const typed = useSignal<string | null>(null);
  const next = useRef(TESTS);
  const source = typed.value ?? (test ? sourceOf(about, test, 0) : '');
  const most = about.x.shape[0] ?? 0;
  const unknown = unknownIn(about, source);
  const tooLong = source.length > most;
  const answers = useLive(async () => {
    const known = samples.value.test;
    if (!known) return null;
    const texts = Array.from({ length: Math.min(TESTS, known.count) }, (_, i) => sourceOf(about, known, i));
    const own = (typed.value ?? texts[0]!).toLowerCase();
    const wanted = unknownIn(about, own).length === 0 && own.length <= most ? own : '';
    return { own: wanted, all: await ask('translate', { texts: [wanted, ...texts] }) };
  }, 1200);
  const valid = unknown.length === 0 && !tooLong;
  const answer = valid ? (answers?.all[0] ?? null) : null;
  const example = () => {
    if (!test) return;
    typed.value = sourceOf(about, test, next.current);
    next.current = (next.current + 1) % Math.min(test.count, 100);
  };
  return (
    <>
      <div class="card wide">
        <h3>{text.translation}</h3>
        <label class="wide-field">
          {text.source}
          <input
            type="text"
            data-testid="source"
            lang="en"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={source}
            aria-invalid={!valid}
            aria-describedby="source-error"
            onInput={(event) => (typed.value = event.currentTarget.value.toLowerCase())}
          />
        </label>
        <p id="source-error" class="error" role="status">
          {unknown.length > 0
            ? text.unknownCharacters(unknown.map((c) => `“${c}”`).join(' '))
            : tooLong && text.sourceHint(formatNumber(most))}
        </p>
        <p class="result">
          {text.output}{' '}
          <output data-testid="translated" data-value={answer?.text ?? ''} lang="en">
            {answer ? answer.text || '—' : '…'}
          </output>
        </p>
        <div class="buttons">
          <button type="button" data-testid="example" onClick={example} disabled={!test}>
            {text.example}
          </button>
        </div>
        {answer && <Alignment answer={answer} />}
      </div>
      {test && <Tests about={about} test={test} answers={answers?.all.slice(1) ?? null} />}
    </>
  );
}

const sourceOf = (about: About, test: Samples, index: number) => tokensOf(about.x, test.x, index).join('');

const unknownIn = (about: About, source: string) => [
  ...new Set([...source].filter((character) => !about.x.names?.includes(character))),
];

/** The matrix as a table; in words below it. */
function Alignment({ answer }: { answer: Translation }) {
  const text = words.value;
  const { source, output, weights } = answer;
  if (output.length === 0) return null;
  if (weights.length !== source.length * output.length) return <p class="muted">{text.alignmentNone}</p>;
  const row = (i: number) => weights.slice(i * source.length, (i + 1) * source.length);
  const most = output.map((token, i) => {
    const own = row(i);
    const best = own.indexOf(Math.max(...own));
    return `${token} ← ${source[best] === ' ' ? '␣' : source[best]} (${best + 1})`;
  });
  return (
    <figure class="alignment" data-testid="alignment" data-value={output.length}>
      <h4>{text.alignment}</h4>
      <div class="scroll" tabIndex={0} role="region" aria-label={text.alignment}>
        <table lang="en" aria-hidden="true">
          <thead>
            <tr>
              <td />
              {source.map((token) => (
                <th>{token === ' ' ? '␣' : token}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {output.map((token, i) => (
              <tr>
                <th>{token}</th>
                {row(i).map((weight) => (
                  <td
                    title={formatPercent(weight, 0)}
                    style={{ '--share': `${Math.round(100 * weight)}%` }}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <figcaption class="muted">
        {text.alignmentAbout} {text.alignmentSummary(most.join(', '))}
      </figcaption>
    </figure>
  );
}

interface TestsProps {
  about: About;
  test: Samples;
  answers: Translation[] | null;
}

function Tests({ about, test, answers }: TestsProps) {
  const text = words.value;
  const rows = Array.from({ length: Math.min(TESTS, test.count) }, (_, i) => {
    const expected = tokensOf(about.y!, test.y, i);
    const spaced = expected.some((token) => token.length > 1);
    return {
      source: sourceOf(about, test, i),
      expected: expected.join(spaced ? ' ' : ''),
      made: answers?.[i]?.text,
    };
  });
  const right = rows.filter(({ expected, made }) => expected === made).length;
  return (
    <div class="card wide">
      <h3>
        {text.tests}{' '}
        <span class="count" data-testid="tests-right" data-value={answers ? right : ''}>
          {answers && text.right(formatNumber(right), formatNumber(rows.length))}
        </span>
      </h3>
      <div class="scroll" tabIndex={0} role="region" aria-label={text.tests}>
        <table class="pairs" lang="en">
          <thead>
            <tr>
              <th scope="col">{text.source}</th>
              <th scope="col">{text.output}</th>
              <th scope="col">{text.expected}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ source, expected, made }) => (
              <tr class={made === undefined ? '' : made === expected ? 'right' : 'wrong'}>
                <td>{source}</td>
                <td>{made === undefined ? '…' : `${made === expected ? '✓' : '✗'} ${made}`}</td>
                <td>{expected}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
