import { useRef } from 'preact/hooks';
import { ask } from '../../actions';
import { formatNumber } from '../../i18n';
import { words } from '../../i18n/tasks';
import { outline, samples } from '../../state';
import { normal } from './draws';
import { Grid } from './grid';
import { LatentMap } from './latent-map';
import { useLive } from './live';

const SHOWN = 10;
const DRAWN = 20;

/** What an autoencoder makes of digits, and of latent numbers. */
export default function Autoencoder() {
  return (
    <>
      {outline.value.latent === 2 && <LatentMap />}
      <Reconstructions />
      {outline.value.latent !== 2 && <Drawn />}
    </>
  );
}

function Reconstructions() {
  const text = words.value;
  const { test } = samples.value;
  const made = useLive(() => ask('predict-test', { count: SHOWN }), 400);
  const known = test && made && made.length > 0;
  return (
    <div class="card wide">
      <h3>{text.reconstructions}</h3>
      {known ? (
        <Grid
          testid="reconstructions"
          pixels={both(test.x, made)}
          across={SHOWN}
          label={text.reconstructions}
        />
      ) : (
        <p class="muted">{text.waiting}</p>
      )}
      <p class="muted">{text.reconstructionsAbout(formatNumber(outline.value.latent))}</p>
    </div>
  );
}

function both(digits: Uint8Array, made: Float32Array): Float32Array {
  const pixels = new Float32Array(2 * made.length);
  for (let i = 0; i < made.length; i++) pixels[i] = digits[i]! / 255;
  pixels.set(made, made.length);
  return pixels;
}

function Drawn() {
  const text = words.value;
  const { latent, predict } = outline.value;
  const z = useRef(normal(DRAWN * latent, 7));
  const made = useLive(() => ask('part', { network: predict.at(-1)!, x: z.current, batch: DRAWN }), 600);
  return (
    <div class="card wide">
      <h3>{text.drawn}</h3>
      {made ? (
        <Grid testid="drawn" pixels={made} across={SHOWN} label={text.drawn} />
      ) : (
        <p class="muted">{text.waiting}</p>
      )}
      <p class="muted">{text.drawnAbout}</p>
    </div>
  );
}
