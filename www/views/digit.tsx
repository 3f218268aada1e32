import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** Channel after channel, 0–255 as bytes or 0–1 as floats. */
  pixels: Uint8Array | Float32Array | null;
  /** Channels (grey, or red, green and blue), height, width. */
  shape?: number[];
}

const DIGIT = [1, 28, 28];

/** One image; digits as white ink on black in both themes: so MNIST is. */
export function Digit({ pixels, shape = DIGIT }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [channels, height, width] = shape as [number, number, number];
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    if (pixels?.length === channels * height * width) paint(context, pixels, 0, 0, 0, shape);
    else context.clearRect(0, 0, width, height);
  }, [pixels]);
  return <canvas ref={canvas} width={width} height={height} class="digit" aria-hidden="true" />;
}

/** Puts image number `index` of `pixels` at x, y. */
export function paint(
  context: CanvasRenderingContext2D,
  pixels: Uint8Array | Float32Array,
  x: number,
  y: number,
  index = 0,
  shape: number[] = DIGIT,
): void {
  const [channels, height, width] = shape as [number, number, number];
  const area = height * width;
  const image = context.createImageData(width, height);
  const scale = pixels instanceof Float32Array ? 255 : 1;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      const channel = channels === 3 ? c : 0;
      image.data[i * 4 + c] = pixels[(index * channels + channel) * area + i]! * scale;
    }
    image.data[i * 4 + 3] = 255;
  }
  context.putImageData(image, x, y);
}
