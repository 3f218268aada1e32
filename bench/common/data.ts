// Batches, the same for every library: images in the order of MNIST's file, windows of text at seeded places.
import { generator } from './random';
import type { Gpt, Specs, TrainingWorkload } from './spec';

export interface Batch {
  /** Images as numbers in 0..=1, rows first; or tokens. */
  x: Float32Array | Int32Array;
  /** Classes; or the tokens that follow. */
  y: Int32Array;
}

/** Batch by number of the step, from 0. */
export type Batches = (step: number) => Batch;

/** Images that are fetched: after them the first comes again. */
export const IMAGES = 16_000;
const PIXELS = 28 * 28;

/** Where a page's data comes from: a server's folder, or a page that has its own. */
export interface Source {
  /** The first [`IMAGES`] training images of MNIST, 784 bytes each. */
  images(): Promise<Uint8Array>;
  /** Their classes. */
  labels(): Promise<Uint8Array>;
  /** Tokens from 0 to 64, a byte each. */
  text(): Promise<Uint8Array>;
}

/** The data under a URL, as the benchmark's server serves it. */
export function served(base: string): Source {
  const bytes = async (file: string) => {
    const response = await fetch(`${base}/${file}`);
    if (!response.ok) throw new Error(`${base}/${file}: ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return {
    images: () => bytes(`mnist-images.u8?n=${IMAGES}`),
    labels: () => bytes(`mnist-labels.u8?n=${IMAGES}`),
    text: () => bytes('text.u8'),
  };
}

/** Makes the batches of a workload. */
export async function loadBatches(
  workload: TrainingWorkload,
  spec: Specs[TrainingWorkload],
  source: Source,
): Promise<Batches> {
  if (workload === 'W3') return windows(await source.text(), spec as Gpt);
  const [images, labels] = await Promise.all([source.images(), source.labels()]);
  return pictures(images, labels, spec.batch);
}

/** Where the windows of a step's batch begin. */
export function windowStarts(step: number, length: number, { batch, ctx }: Gpt): number[] {
  const random = generator(7919 * (step + 1));
  return Array.from({ length: batch }, () => Math.floor(random() * (length - ctx - 1)));
}

function windows(text: Uint8Array, spec: Gpt): Batches {
  const { batch, ctx } = spec;
  return (step) => {
    const x = new Int32Array(batch * ctx);
    const y = new Int32Array(batch * ctx);
    for (const [row, from] of windowStarts(step, text.length, spec).entries()) {
      x.set(text.subarray(from, from + ctx), row * ctx);
      y.set(text.subarray(from + 1, from + ctx + 1), row * ctx);
    }
    return { x, y };
  };
}

function pictures(images: Uint8Array, labels: Uint8Array, batch: number): Batches {
  const count = Math.min(IMAGES, labels.length);
  return (step) => {
    const x = new Float32Array(batch * PIXELS);
    const y = new Int32Array(batch);
    for (let row = 0; row < batch; row++) {
      const image = (step * batch + row) % count;
      const from = image * PIXELS;
      for (let pixel = 0; pixel < PIXELS; pixel++) x[row * PIXELS + pixel] = images[from + pixel]! / 255;
      y[row] = labels[image]!;
    }
    return { x, y };
  };
}
