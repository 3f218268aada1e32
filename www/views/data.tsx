import { useEffect, useRef } from 'preact/hooks';
import { formatNumber, t } from '../i18n';
import { GALLERY } from '../protocol';
import { data, gallery } from '../state';
import { paint } from './digit';

const ACROSS = 10;

export function DataPanel() {
  const text = t.value;
  const now = data.value;
  const total = now ? now.trainTotal + now.testTotal : 1;
  const here = now ? now.train + now.test : 0;
  return (
    <section class="column data" aria-labelledby="data-heading">
      <h2 id="data-heading">{text.dataHeading}</h2>
      <div class="card">
        <p>{text.dataAbout}</p>
        <Gallery />
        <progress max={total} value={here} aria-label={text.dataProgress} />
        {now ? (
          <p class="counts">
            {text.dataTrain(formatNumber(now.train), formatNumber(now.trainTotal))}
            <br />
            {text.dataTest(formatNumber(now.test), formatNumber(now.testTotal))}
          </p>
        ) : (
          <p class="counts">{text.dataPending}</p>
        )}
        <p class="muted">{text.dataSplit}</p>
      </div>
    </section>
  );
}

function Gallery() {
  const text = t.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const images = gallery.value;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !images) return;
    for (let i = 0; i < GALLERY; i++) {
      paint(context, images.pixels, (i % ACROSS) * 28, Math.floor(i / ACROSS) * 28, i);
    }
  }, [images]);
  return (
    <figure class="gallery">
      <canvas
        ref={canvas}
        width={ACROSS * 28}
        height={(GALLERY / ACROSS) * 28}
        role="img"
        aria-label={images ? text.galleryLabel(images.labels.join(' ')) : text.galleryCaption}
      />
      <figcaption>{text.galleryCaption}</figcaption>
    </figure>
  );
}
