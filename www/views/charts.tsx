import { signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Quantity } from '../charts/history';
import { LivePlot, type Hover } from '../charts/plot';
import { formatLoss, formatNumber, formatPercent, language, t } from '../i18n';
import { history, historyVersion } from '../state';
import { themeVersion } from '../theme';

const logScale = signal(false);

export function Charts() {
  return (
    <div class="charts">
      <Chart quantity="loss" />
      <Chart quantity="accuracy" />
    </div>
  );
}

const formats: Record<Quantity, (value: number) => string> = {
  loss: formatLoss,
  accuracy: (value) => formatPercent(value),
};

const axisFormats: Record<Quantity, (value: number) => string> = {
  loss: (value) => formatNumber(value, { maximumSignificantDigits: 3 }),
  accuracy: (value) => formatPercent(value, 0),
};

function Chart({ quantity }: { quantity: Quantity }) {
  const text = t.value;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<LivePlot | null>(null);
  const hover = useSignal<Hover | null>(null);
  const log = quantity === 'loss' && logScale.value;
  useEffect(() => {
    plot.current = new LivePlot(host.current!, history.current, {
      quantity,
      log,
      formatStep: (step) => formatNumber(step),
      formatValue: axisFormats[quantity],
      onHover: (at) => (hover.value = at),
    });
    return () => plot.current?.destroy();
    // Colours and number formats are baked into a plot: a change of theme or language makes a new one.
  }, [log, themeVersion.value, language.value]);
  useSignalEffect(() => {
    historyVersion.value;
    plot.current?.show(history.current);
  });
  return (
    <figure class="card chart" data-testid={`${quantity}-chart`}>
      <figcaption>
        <h3>{quantity === 'loss' ? text.lossChart : text.accuracyChart}</h3>
        <Legend hover={hover.value} format={formats[quantity]} />
        {quantity === 'loss' && (
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
      <Summary quantity={quantity} />
    </figure>
  );
}

function Legend({ hover, format }: { hover: Hover | null; format: (value: number) => string }) {
  const text = t.value;
  const value = (number: number | null | undefined) => (number == null ? '' : ` ${format(number)}`);
  return (
    <p class="legend">
      <span>
        <i class="line train" /> {text.legendTrain}
        <b>{value(hover?.train)}</b>
      </span>
      <span>
        <i class="line validation" /> {text.legendValidation}
        <b>{value(hover?.validation)}</b>
      </span>
      {hover && <span>{text.atStep(formatNumber(hover.step))}</span>}
    </p>
  );
}

/** The chart in one sentence: for those who cannot see it, and for those in a hurry. */
function Summary({ quantity }: { quantity: Quantity }) {
  historyVersion.value;
  const text = t.value;
  const { steps, train, validation, notFinite } = history.current;
  const { raw, last } = train[quantity];
  if (last === null)
    return <p class="muted summary">{notFinite.length > 0 ? notFiniteText() : text.chartEmpty}</p>;
  const format = formats[quantity];
  const name = quantity === 'loss' ? text.lossChart : text.accuracyChart;
  const validated = validation.at(-1);
  return (
    <p class="muted summary">
      {text.chartSummary(name, formatNumber(steps.length), format(raw[0]!), format(last))}
      {validated && text.chartValidation(format(validated[quantity]))}
      {notFinite.length > 0 && <b> {notFiniteText()}</b>}
    </p>
  );

  function notFiniteText() {
    return text.notFinite(formatNumber(notFinite[0]!));
  }
}
