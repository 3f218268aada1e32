import { classOf } from '../probabilities';
import type { Inspection, Miss, Review } from '../protocol';
import { toInput, type Input } from './input';
import type { Dataset } from './dataset';

const CHUNK = 256; // whole batches of the engine's predictions
const BUDGET = 1500; // ms: after that the count says how far it came
const MISSES = 14;

/** The confusion matrix and the most confident mistakes over the test samples, as far as time allows. */
export async function review(
  dataset: Dataset,
  { about, classes }: Inspection,
  predict: (x: Input) => Promise<Float32Array>,
): Promise<Review> {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const misses: Miss[] = [];
  const end = performance.now() + BUDGET;
  const [bytes] = dataset.itemBytes;
  let count = 0;
  while (performance.now() < end) {
    const samples = dataset.samples('test', count, CHUNK);
    if (!samples) break;
    const outputs = await predict(toInput(about.x, samples.x));
    const width = outputs.length / samples.count;
    for (let i = 0; i < samples.count; i++) {
      const label = samples.y[i]!;
      const { best: predicted, probability } = classOf(outputs, width, i);
      confusion[label]![predicted]! += 1;
      if (predicted !== label) {
        const x = samples.x.slice(i * bytes, (i + 1) * bytes);
        misses.push({ index: count + i, label, predicted, probability, x });
      }
    }
    count += samples.count;
  }
  misses.sort((a, b) => b.probability - a.probability);
  return { count, wrong: misses.length, confusion, misses: misses.slice(0, MISSES) };
}
