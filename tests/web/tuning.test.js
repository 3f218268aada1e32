// The page finds out which kernels are fastest, and remembers. It is off where a test drives the browser: `?tune=on`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { number, openSite, until } from './site.js';

let site;
before(async () => (site = await openSite({ gpu: true })));
after(() => site?.close());

const stored = (page) => page.evaluate(() => localStorage.getItem('trainyard.tuning'));
const trains = (page, steps) =>
  until(page, 'global-step', (step) => step > steps, { what: `should grow by ${steps}` });
/** The kernels of training: what is compiled before the first dispatch. Several may be one shader. */
const kernels = async (page) => {
  await trains(page, 0);
  const labels = await page.workers()[0].evaluate(() => self.compiledFirst);
  return new Set(labels.flatMap((label) => label.split(' | ')));
};

test('is off where a test drives the browser', async () => {
  const { page } = await site.visit('?device=gpu');
  await trains(page, 100);
  assert.equal(await stored(page), null);
});

test('finds the fastest kernels, and the next visit trains with them', async (t) => {
  const { page, problems } = await site.visit('?device=gpu&tune=on', { prepare: recordKernels });
  const guessed = await kernels(page);
  assert.ok(guessed.has('matmul/matmul_subgroup'), `the guess: ${[...guessed]}`);
  await page.waitForFunction(() => localStorage.getItem('trainyard.tuning'), null, { timeout: 60_000 });
  const step = await number(page, 'global-step');
  await trains(page, step + 50);

  const found = await stored(page);
  const { adapter, version, choices } = JSON.parse(found);
  t.diagnostic(`${adapter}: ${Object.values(choices).join(', ')}`);
  assert.ok(adapter && version, found);
  assert.ok(Object.keys(choices).length >= 2, found);
  for (const [portable, name] of Object.entries(choices)) assert.match(portable, /^[a-z_/0-9]+ M=\d+ /, name);

  await page.reload();
  const used = await kernels(page);
  for (const name of Object.values(choices)) assert.ok(used.has(name), `${name} of ${[...used]}`);
  await until(page, 'val-accuracy', (accuracy) => accuracy > 0.5, { what: 'should be measured' });
  // What there was no time for may have been added.
  const { choices: later } = JSON.parse(await stored(page));
  assert.deepEqual({ ...later, ...choices }, later);

  // What is stored is what counts, whatever the guess would be.
  const portable = Object.keys(choices).map((key) => [key, key.split(' ')[0]]);
  const other = { adapter, version, choices: Object.fromEntries(portable) };
  await page.evaluate((text) => localStorage.setItem('trainyard.tuning', text), JSON.stringify(other));
  await page.reload();
  const given = await kernels(page);
  for (const [, name] of portable) assert.ok(given.has(name), `${name} of ${[...given]}`);
  assert.deepEqual(
    [...given].filter(
      (name) => name.startsWith('matmul/') && !portable.some(([, chosen]) => chosen === name),
    ),
    [],
  );
  assert.deepEqual(problems, []);
});

/** Playwright has no init scripts for workers, so the script itself gets a few lines in front. */
async function recordKernels(page) {
  await page.route(/\/assets\/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${record})();\n${await response.text()}` });
  });
  function record() {
    const labels = [];
    const { createComputePipelineAsync } = GPUDevice.prototype; // www/pipelines.ts
    GPUDevice.prototype.createComputePipelineAsync = function (descriptor) {
      labels.push(descriptor.label);
      return createComputePipelineAsync.call(this, descriptor);
    };
    const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...groups) {
      self.compiledFirst ??= [...labels];
      return dispatchWorkgroups.apply(this, groups);
    };
  }
}
