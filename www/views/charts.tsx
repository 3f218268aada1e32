import { signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Quantity } from '../charts/history';
import { LivePlot, STYLES, type Hover } from '../charts/plot';
import { labelOf, measured } from '../measures';
import { formatLoss, formatNumber, formatPercent, language, t } from '../i18n';
import * as state from '../state';
import { historyVersion } from '../state';
import { themeVersion } from '../theme';

const logScale = signal(false);

export function Charts() {
  const { several, judged, phases } = measured.value;
  const charts: Quantity[][] = [];
  // What several phases minimise has no sum.
  if (phases === 1) charts.push(['loss']);
  if (several.length > 0) charts.push(several.map(({ index }) => index));
  if (judged) charts.push(['accuracy']);
  return (
    <div class={`charts ${charts.length === 1 ? 'single' : ''}`}>
      {charts.map((quantities) => (
        <Chart key={quantities.join()} quantities={quantities} />
      ))}
    </div>
  );
}

const formatOf = (quantity: Quantity): ((value: number) => string) =>
  quantity === 'accuracy' ? (value) => formatPercent(value) : formatLoss;

const axisFormatOf = (quantity: Quantity): ((value: number) => string) =>
  quantity === 'accuracy'
    ? (value) => formatPercent(value, 0)
    : (value) => formatNumber(value, { maximumSignificantDigits: 3 });

function Chart({ quantities }: { quantities: Quantity[] }) {
  const text = t.value;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<LivePlot | null>(null);
  const hover = useSignal<Hover | null>(null);
  const quantity = quantities[0]!;
  const kind = typeof quantity === 'number' ? 'terms' : quantity;
  const log = kind !== 'accuracy' && logScale.value;
  useEffect(() => {
    plot.current = new LivePlot(host.current!, state.history.current, {
      quantities,
      log,
      formatStep: (step) => formatNumber(step),
      formatValue: axisFormatOf(quantity),
      onHover: (at) => (hover.value = at),
    });
    // The plot is drawn here, its canvas is not Preact's.
    return () => plot.current?.destroy();
    // Colours and number formats are baked into a plot: a change of theme or language makes a new one.
  }, [log, themeVersion.value, language.value]);
  useSignalEffect(() => {
    historyVersion.value;
    plot.current?.show(state.history.current);
  });
  return (
    <figure class="card chart" data-testid={`${kind}-chart`}>
      <figcaption>
        <h3>{nameOf(kind)}</h3>
        <Legend quantities={quantities} hover={hover.value} format={formatOf(quantity)} />
        {kind !== 'accuracy' && (
          <label class="check">
            <input
              type="checkbox"
              checked={logScale.value}
              onChange={(event) => (logScale.value = event.currentTarget.checked)}
            />
            {text.logScale}
          </label>
        )}
      </figcaption>
      <div ref={host} class="plot" aria-hidden="true" />
      <Summary quantities={quantities} />
    </figure>
  );
}

const nameOf = (kind: 'loss' | 'accuracy' | 'terms') =>
  ({ loss: t.value.lossChart, accuracy: t.value.accuracyChart, terms: t.value.termsChart })[kind];

interface LegendProps {
  quantities: Quantity[];
  hover: Hover | null;
  format: (value: number) => string;
}

function Legend({ quantities, hover, format }: LegendProps) {
  const text = t.value;
  const value = (number: number | null | undefined) => (number == null ? '' : ` ${format(number)}`);
  const single = quantities.length === 1;
  return (
    <p class="legend">
      {quantities.map((quantity, k) => (
        <span>
          <i class={`line style-${k % STYLES.length}`} /> {single ? text.legendTrain : labelOf(quantity)}
          <b>{value(hover?.train[k])}</b>
        </span>
      ))}
      {single && (
        <span>
          <i class="line validation" /> {text.legendValidation}
          <b>{value(hover?.validation)}</b>
        </span>
      )}
      {hover && <span>{text.atStep(formatNumber(hover.step))}</span>}
    </p>
  );
}

/** The chart in one sentence: for those who cannot see it, and for those in a hurry. */
function Summary({ quantities }: { quantities: Quantity[] }) {
  historyVersion.value;
  const text = t.value;
  const history = state.history.current;
  const { steps, validation, notFinite } = history;
  const notFiniteText = notFinite.length > 0 && text.notFinite(formatNumber(notFinite[0]!));
  const [first] = quantities;
  if (steps.length === 0) return <p class="muted summary">{notFiniteText || text.chartEmpty}</p>;
  const format = formatOf(first!);
  const count = formatNumber(steps.length);
  const sentences = quantities.map((quantity) => {
    const { raw, last } = history.curve(quantity);
    const name = typeof quantity === 'number' ? labelOf(quantity) : nameOf(quantity);
    return text.chartSummary(name, count, format(raw[0]!), format(last!));
  });
  const validated = validation.at(-1);
  const value = typeof first === 'number' ? null : validated?.[first!];
  return (
    <p class="muted summary">
      {sentences.join(text.listComma)}
      {value != null && text.chartValidation(format(value))}
      {notFiniteText && <b> {notFiniteText}</b>}
    </p>
  );
}
