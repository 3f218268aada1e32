import { formatNumber, t } from '../i18n';
import { data, loaded, outline } from '../state';
import { Gallery } from './gallery';

export function DataPanel() {
  const text = t.value;
  const now = data.value;
  const total = now ? now.trainTotal + now.testTotal : 1;
  const here = now ? now.train + now.test : 0;
  const about = text.datasets as Record<string, string>;
  const info = loaded.value?.info;
  return (
    <section class="column data" aria-labelledby="data-heading">
      <h2 id="data-heading">{text.dataHeading}</h2>
      <div class="card">
        <p>{about[outline.value.dataset] ?? about.other}</p>
        <Gallery />
        <progress max={total} value={here} aria-label={text.dataProgress} />
        {now && here > 0 ? (
          <p class="counts">
            {text.dataTrain(formatNumber(now.train), formatNumber(now.trainTotal))}
            <br />
            {text.dataTest(formatNumber(now.test), formatNumber(now.testTotal))}
          </p>
        ) : (
          <p class="counts">{text.dataPending}</p>
        )}
        {info && (
          <p class="muted">
            {info.validation.split === 'test'
              ? text.splitTest
              : text.splitHeldOut(formatNumber(info.trained), formatNumber(info.validation.count))}
          </p>
        )}
      </div>
    </section>
  );
}
