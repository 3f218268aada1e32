import { mostProbable } from '../probabilities';
import { CLASSES, PIXELS, type Miss, type Review } from '../protocol';
import type { Dataset } from './dataset';

const CHUNK = 256; // whole batches of the engine's predictions
const BUDGET = 1500; // ms: after that the count says how far it came
const MISSES = 14;

export function toFloats(pixels: Uint8Array): Float32Array {
  return Float32Array.from(pixels, (value) => value / 255);
}

/** The confusion matrix and the most confident mistakes over the test images, as far as time allows. */
export async function review(
  dataset: Dataset,
  predict: (pixels: Float32Array) => Promise<Float32Array>,
): Promise<Review> {
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  const misses: Miss[] = [];
  const end = performance.now() + BUDGET;
  let count = 0;
  while (performance.now() < end) {
    const samples = dataset.samples('test', count, CHUNK);
    if (!samples) break;
    const { pixels, labels } = samples;
    const probabilities = await predict(toFloats(pixels));
    for (let i = 0; i < samples.count; i++) {
      const label = labels[i]!;
      const predicted = mostProbable(probabilities, i * CLASSES);
      confusion[label]![predicted]! += 1;
      if (predicted !== label) {
        const probability = probabilities[i * CLASSES + predicted]!;
        misses.push({
          index: count + i,
          label,
          predicted,
          probability,
          pixels: pixels.slice(i * PIXELS, (i + 1) * PIXELS),
        });
      }
    }
    count += samples.count;
  }
  misses.sort((a, b) => b.probability - a.probability);
  return { count, wrong: misses.length, confusion, misses: misses.slice(0, MISSES) };
}
