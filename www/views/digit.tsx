import { useEffect, useRef } from 'preact/hooks';
import { PIXELS } from '../protocol';

interface Props {
  /** 28×28 grey values, 0–255 as bytes or 0–1 as floats. */
  pixels: Uint8Array | Float32Array | null;
}

/** One 28×28 image, as white ink on black in both themes: so MNIST is. */
export function Digit({ pixels }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    if (pixels?.length === PIXELS) paint(context, pixels, 0, 0);
    else context.clearRect(0, 0, 28, 28);
  }, [pixels]);
  return <canvas ref={canvas} width={28} height={28} class="digit" aria-hidden="true" />;
}

/** Puts image number `index` of `pixels` at x, y. */
export function paint(
  context: CanvasRenderingContext2D,
  pixels: Uint8Array | Float32Array,
  x: number,
  y: number,
  index = 0,
): void {
  const image = context.createImageData(28, 28);
  const scale = pixels instanceof Float32Array ? 255 : 1;
  for (let i = 0; i < PIXELS; i++) {
    image.data.fill(pixels[index * PIXELS + i]! * scale, i * 4, i * 4 + 3);
    image.data[i * 4 + 3] = 255;
  }
  context.putImageData(image, x, y);
}
