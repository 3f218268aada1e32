import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { GALLERY, type About, type Samples } from '../protocol';
import { loaded, outline, samples } from '../state';
import { paint } from './digit';
import { labelName, tokensOf } from './samples';

const ACROSS = 10;
const LINES = 12;
const CHARACTERS = 400;

/** Something of what the network trains on, to look at. */
export function Gallery() {
  const train = samples.value.train;
  const about = loaded.value?.inspection.about;
  const { task } = outline.value;
  if (!about) return <Pictures shape={[1, 28, 28]} train={null} about={null} />;
  if (about.x.content === 'pixels' && about.x.shape.length === 3) {
    return <Pictures shape={about.x.shape} train={train} about={about} />;
  }
  if (!train || task === 'boundary' || about.x.content !== 'classes') return null;
  return <Texts train={train} about={about} />;
}

interface PicturesProps {
  shape: number[];
  train: Samples | null;
  about: About | null;
}

function Pictures({ shape, train, about }: PicturesProps) {
  const text = t.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [, height, width] = shape as [number, number, number];
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !train) return;
    for (let i = 0; i < GALLERY; i++) {
      paint(context, train.x, (i % ACROSS) * width, Math.floor(i / ACROSS) * height, i, shape);
    }
  }, [train, shape]);
  const labels = () =>
    Array.from(train!.y.subarray(0, GALLERY), (label) => labelName(about, label)).join(' ');
  return (
    <figure class="gallery">
      <canvas
        ref={canvas}
        width={ACROSS * width}
        height={(GALLERY / ACROSS) * height}
        role="img"
        aria-label={train ? text.galleryLabel(labels()) : text.galleryCaption}
      />
      <figcaption>{text.galleryCaption}</figcaption>
    </figure>
  );
}

function Texts({ train, about }: { train: Samples; about: About }) {
  const text = t.value;
  const { x, y } = about;
  if (about.stream) {
    const characters = Array.from(train.x.subarray(0, CHARACTERS), (token) => x.names?.[token] ?? '');
    return (
      <figure class="gallery">
        <blockquote lang="en">{characters.join('')}…</blockquote>
        <figcaption>{text.galleryCaption}</figcaption>
      </figure>
    );
  }
  const pairs = y !== null && y.shape.length > 0;
  return (
    <figure class="gallery">
      <ul lang="en">
        {Array.from({ length: Math.min(LINES, train.count) }, (_, i) => (
          <li>
            {tokensOf(x, train.x, i).join('')}
            {y && <span> → {pairs ? join(tokensOf(y, train.y, i)) : labelName(about, train.y[i]!)}</span>}
          </li>
        ))}
      </ul>
      <figcaption>{text.galleryCaption}</figcaption>
    </figure>
  );
}

/** Words apart, letters together. */
const join = (tokens: string[]) => tokens.join(tokens.some((token) => token.length > 1) ? ' ' : '');
