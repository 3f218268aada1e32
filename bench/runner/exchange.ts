// Weights and batches as files, for programs that are no pages: src/cli/bench/inputs.rs and bench/pytorch.py read them.
import fs from 'node:fs';
import path from 'node:path';
import { IMAGES, windowStarts } from '../common/data';
import { gemmMatrix, initParams } from '../common/init';
import { engineOrder } from '../common/layouts';
import { SPEC, type TrainingWorkload } from '../common/spec';
import * as corpus from './corpus';
import { bench } from './paths';

/** Steps of W3 whose windows are written; then the first come again. */
const STEPS = 500;

/** Writes all files; returns their folder. */
export function writeInputs(): string {
  const folder = path.join(bench, 'dist/inputs');
  fs.mkdirSync(folder, { recursive: true });
  const write = (name: string, content: NodeJS.ArrayBufferView) =>
    fs.writeFileSync(path.join(folder, name), content);
  write('mnist-images.u8', corpus.mnistImages().subarray(0, IMAGES * 784));
  write('mnist-labels.u8', corpus.mnistLabels().subarray(0, IMAGES));
  const text = corpus.text();
  write('text.u8', text);
  const steps = Array.from({ length: STEPS }, (_, step) => windowStarts(step, text.length, SPEC.W3));
  write('text-starts.u32', Uint32Array.from(steps.flat()));
  for (const workload of Object.keys(SPEC) as (keyof typeof SPEC)[])
    if (workload !== 'W4') write(`${workload}.f32`, weights(workload));
  for (const n of SPEC.W4.sizes) write(`W4-${n}.f32`, joined(gemmMatrix(n, 11), gemmMatrix(n, 22)));
  return folder;
}

const weights = <W extends TrainingWorkload>(workload: W) =>
  engineOrder(workload, initParams(workload, SPEC[workload]));

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
