// What is on the draw pad: white ink on nothing, so that both brightness and opacity mean ink.

export const SIZE = 280;
const PEN = 22; // of 280: about as thick as MNIST's pens once it is 20×20

export class Ink {
  #context: CanvasRenderingContext2D;
  empty = true;

  constructor(canvas: HTMLCanvasElement) {
    // Read back at every stroke: it stays in main memory.
    this.#context = canvas.getContext('2d', { willReadFrequently: true })!;
    Object.assign(this.#context, { lineWidth: PEN, lineCap: 'round', lineJoin: 'round' });
    this.#context.strokeStyle = '#fff';
  }

  /** From a point to another, or a dot where both are one. */
  line(fromX: number, fromY: number, toX: number, toY: number): void {
    this.#context.beginPath();
    this.#context.moveTo(fromX, fromY);
    this.#context.lineTo(toX, toY);
    this.#context.stroke();
    this.empty = false;
  }

  /** A 28×28 image, as if somebody had drawn it. */
  stamp(pixels: Uint8Array): void {
    this.clear();
    const image = new ImageData(28, 28);
    pixels.forEach((value, i) => image.data.set([255, 255, 255, value], i * 4));
    const small = document.createElement('canvas');
    small.width = small.height = 28;
    small.getContext('2d')!.putImageData(image, 0, 0);
    this.#context.drawImage(small, 0, 0, SIZE, SIZE);
    this.empty = false;
  }

  clear(): void {
    this.#context.clearRect(0, 0, SIZE, SIZE);
    this.empty = true;
  }

  read(): { rgba: Uint8ClampedArray; width: number; height: number } | null {
    if (this.empty) return null;
    return { rgba: this.#context.getImageData(0, 0, SIZE, SIZE).data, width: SIZE, height: SIZE };
  }
}
