// The builds of the engine, for browsers with and without SIMD, are one engine: the same exports, the same course.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { root } from './site.js';

const BUILDS = ['trainyard_bg', 'trainyard_plain'];
const STEPS = 5;

/** Numbers in [0, 1), the same for every build. */
function sequence() {
  let state = 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

/** The losses of the first steps of a benchmark's workload. */
async function losses(build, workload) {
  // A module of its own for each build: the query makes it another one.
  const glue = await import(`${root}www/pkg/trainyard.js?${build}-${workload}`);
  await glue.default({ module_or_path: await readFile(`${root}www/pkg/${build}.wasm`) });
  const training = await glue.BenchTraining.create(workload, await glue.BenchDevice.open('cpu'));
  const next = sequence();
  const parameters = JSON.parse(training.parameters());
  const count = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  training.set_parameters(Float32Array.from({ length: count }, () => 0.1 * (next() - 0.5)));
  const batch = { W1: 32, W2: 64, W3: 16, W5: 64 }[workload];
  const found = [];
  for (let step = 0; step < STEPS; step++) {
    if (workload === 'W3') {
      const text = Array.from({ length: batch * 65 }, () => Math.floor(next() * 65));
      const rows = Array.from({ length: batch }, (_, i) => text.slice(i * 65, i * 65 + 65));
      const [x, y] = [rows.flatMap((row) => row.slice(0, -1)), rows.flatMap((row) => row.slice(1))];
      training.stage_text(Int32Array.from(x), Int32Array.from(y));
    } else {
      const pixels = Float32Array.from({ length: batch * 784 }, () => Math.floor(next() * 256) / 255);
      training.stage_images(
        pixels,
        Int32Array.from({ length: batch }, () => Math.floor(next() * 10)),
      );
    }
    found.push(await training.finish());
  }
  return found;
}

/** Of a loss: rounding only, which Adam amplifies where gradients are near 0. */
const TOLERANCE = 1e-4;

for (const workload of ['W1', 'W2', 'W3', 'W5']) {
  test(`all builds train ${workload} to the same losses`, async () => {
    const [expected, ...others] = await Promise.all(BUILDS.map((build) => losses(build, workload)));
    assert.ok(
      expected.every((loss) => loss > 0.01 && loss < 10),
      `${expected}`,
    );
    for (const found of others) {
      const apart = Math.max(...found.map((loss, step) => Math.abs(loss - expected[step]) / expected[step]));
      assert.ok(apart < TOLERANCE, `${apart} apart: ${found}, not ${expected}`);
    }
  });
}

test('all builds export the same', async () => {
  const modules = await Promise.all(
    BUILDS.map(async (build) => WebAssembly.compile(await readFile(`${root}www/pkg/${build}.wasm`))),
  );
  const names = modules.map((module) =>
    WebAssembly.Module.exports(module)
      .map(({ name }) => name)
      .sort(),
  );
  for (const other of names.slice(1)) assert.deepEqual(other, names[0]);
});
