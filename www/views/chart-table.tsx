import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatLoss, formatNumber, formatPercent, t } from '../i18n';
import { labelOf, measured } from '../measures';
import { history } from '../state';

const ROWS = 20;
const EVERY = 2000; // ms: a table that moves all the time cannot be read

export function ChartTable() {
  const text = t.value;
  const { several, judged } = measured.value;
  const open = useSignal(false);
  const rows = useSignal<ReturnType<typeof history.current.sample>>([]);
  useEffect(() => {
    if (!open.value) return;
    const update = () => (rows.value = history.current.sample(ROWS));
    update();
    const timer = setInterval(update, EVERY);
    return () => clearInterval(timer);
  }, [open.value]);
  return (
    <details class="chart-table" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{text.table}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={text.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.tableStep}</th>
              <th scope="col">{text.trainLoss}</th>
              <th scope="col">{text.valLoss}</th>
              {judged && <th scope="col">{text.tableTrainAccuracy}</th>}
              {judged && <th scope="col">{text.valAccuracy}</th>}
              {several.map(({ index }) => (
                <th scope="col">{labelOf(index)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.value.map((row) => (
              <tr>
                <th scope="row">{formatNumber(row.step)}</th>
                <td>{formatLoss(row.train)}</td>
                <td>{row.validation ? formatLoss(row.validation.loss) : '–'}</td>
                {judged && <td>{formatPercent(row.trainAccuracy)}</td>}
                {judged && (
                  <td>{row.validation?.accuracy != null ? formatPercent(row.validation.accuracy) : '–'}</td>
                )}
                {several.map(({ index }) => (
                  <td>{formatLoss(row.measures[index]!)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
