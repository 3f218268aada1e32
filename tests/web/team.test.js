// Where a host lets pages share memory, helpers take part in big products of the CPU engine. The numbers are the same.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before, test } from 'node:test';
import { openSite, shared, status, value } from './site.js';

const skip = availableParallelism() < 2 && 'one core: nobody could help';
const sites = [];
before(async () => {
  for (const isolated of [true, false]) sites.push(await openSite({ gpu: false, isolated }));
});
after(async () => {
  for (const site of sites) await site.close();
});

const helpersOf = (site) => site.requested.filter((url) => /\/helper-[^/]*\.js$/.test(url)).length;

test('helpers compute a part of a product', { skip }, async () => {
  const results = [];
  for (const site of sites) {
    const { page, problems } = await site.visit('bench.html?device=cpu');
    await page.waitForFunction(() => window.benchReady === true);
    const { sizes } = await page.evaluate(() => window.bench('W4', { maxMs: 100, spec: { sizes: [384] } }));
    results.push(sizes[384]);
    assert.deepEqual(problems, []);
  }
  const [together, alone] = results;
  assert.match(together.kernel, /^[2-4] threads$/);
  assert.equal(alone.kernel, undefined);
  assert.equal(together.checksum, alone.checksum);
});

// Products of 512 × 512 × 512, for 64 steps.
const WIDE = {
  version: 1,
  name: 'wide',
  data: { dataset: 'points', shape: 'spiral', noise: 0.1, samples: 4096 },
  model: [
    { type: 'dense', units: 512, activation: 'tanh' },
    { type: 'dense', units: 512, activation: 'tanh' },
    { type: 'dense', units: 1 },
  ],
  loss: { type: 'binary_cross_entropy' },
  optimizer: { type: 'adam', learning_rate: 0.001 },
  training: { batch_size: 512, epochs: 8, seed: 1, metrics: ['accuracy'] },
};

test('a run with helpers takes the same course as one without', { skip }, async () => {
  const courses = [];
  for (const site of sites) {
    const before = helpersOf(site);
    const { page, problems } = await site.visit(`?device=cpu#${shared(WIDE)}`);
    await status(page, 'finished');
    courses.push([await value(page, 'train-loss'), await value(page, 'val-loss')]);
    assert.equal(helpersOf(site) > before, site === sites[0]);
    assert.deepEqual(problems, []);
  }
  assert.deepEqual(courses[0], courses[1]);
});
