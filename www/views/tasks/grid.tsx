import { useEffect, useRef } from 'preact/hooks';
import { paint } from '../digit';

interface Props {
  /** Images of 28×28, one after the other. */
  pixels: Float32Array;
  across: number;
  label: string;
  testid?: string;
}

/** Images side by side in one canvas. */
export function Grid({ pixels, across, label, testid }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const count = Math.floor(pixels.length / 784);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    for (let i = 0; i < count; i++) {
      paint(context, pixels, (i % across) * 29, Math.floor(i / across) * 29, i);
    }
  }, [pixels]);
  return (
    <canvas
      ref={canvas}
      class="digit grid"
      width={across * 29 - 1}
      height={Math.ceil(count / across) * 29 - 1}
      role="img"
      aria-label={label}
      data-testid={testid}
      data-value={count}
    />
  );
}
