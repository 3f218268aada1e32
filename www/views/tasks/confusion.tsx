import { ask } from '../../actions';
import { formatNumber, formatPercent } from '../../i18n';
import { words } from '../../i18n/tasks';
import { inspection } from '../../state';
import { labelName } from '../samples';
import { useLive } from './live';

/** How often each class is taken for each, live: a table, so that everybody can read it. */
export default function Confusion() {
  const text = words.value;
  const review = useLive(() => ask('review', {}), 2000);
  const about = inspection.value?.about;
  if (!review || review.count === 0) {
    return (
      <div class="card wide">
        <h3>{text.confusion}</h3>
        <p class="muted">{text.waiting}</p>
      </div>
    );
  }
  const { confusion, count, wrong } = review;
  return (
    <div class="card wide" data-testid="confusion">
      <h3>
        {text.confusion}{' '}
        <span class="count" data-testid="test-right" data-value={count - wrong}>
          {text.right(formatNumber(count - wrong), formatNumber(count))}
        </span>
      </h3>
      <div class="scroll" tabIndex={0} role="region" aria-label={text.confusion}>
        <table class="confusion">
          <thead>
            <tr>
              <th scope="col">{text.confusionLabel}</th>
              {confusion.map((_, label) => (
                <th scope="col">{labelName(about, label)}</th>
              ))}
              <th scope="col">{text.recall}</th>
            </tr>
          </thead>
          <tbody>
            {confusion.map((row, label) => {
              const all = row.reduce((sum, n) => sum + n, 0);
              return (
                <tr>
                  <th scope="row">{labelName(about, label)}</th>
                  {row.map((n, predicted) => (
                    <td
                      class={n === 0 ? 'none' : label === predicted ? 'hit' : 'miss'}
                      style={{ '--share': `${Math.round((100 * n) / Math.max(1, all))}%` }}
                    >
                      {formatNumber(n)}
                    </td>
                  ))}
                  <td>{all > 0 ? formatPercent(row[label]! / all, 0) : '–'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="muted">{text.confusionAbout(formatNumber(count))}</p>
    </div>
  );
}
