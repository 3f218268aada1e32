// The benchmarks' own arithmetic, and the page that they measure.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runnerImport } from 'vite';
import { openSite, root } from './site.js';

const load = async (file) =>
  (await runnerImport(`${root}bench/${file}`, { configFile: false, logLevel: 'error' })).module;

describe('statistics of a run', async () => {
  const { quantile } = await load('common/stats.ts');
  const { duels, matches } = await load('runner/summary.ts');
  const { agreements, credible } = await load('runner/agreement.ts');
  const { targets } = await load('runner/targets.ts');
  const { tables } = await load('runner/tables.ts');

  const training = (library, round, ms, losses) => ({
    library,
    workload: 'W1',
    round,
    otherCores: 0,
    result: {
      msPerStep: ms,
      blocks: [ms, ms, ms],
      pageToFirstStepMs: 100 * ms,
      losses,
      counts: { dispatch: 8, submit: 0.2, bindGroup: 0 },
      peakBytes: ms * 1e6,
      syncMs: null,
    },
  });
  const run = (records) => ({ records, adapter: [], sizes: {}, versions: {} });
  const two = run([
    training('ours', 0, 2, { 1: 2.5, 10: 1.5 }),
    training('jaxjs-webgpu', 0, 20, { 1: 2.5, 10: 1.501 }),
    training('tfjs-webgpu', 0, 16, { 1: 2.5 }),
    training('ours', 1, 3, {}),
    training('jaxjs-webgpu', 1, 12, {}),
    training('tfjs-webgpu', 1, 40, {}),
  ]);

  test('quantiles lie between values', () => {
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
    assert.equal(quantile([1, 2, 3], 0.25), 1.5);
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  test('a ratio is one of medians; its spread is that of the rounds, each against its best peer', () => {
    const [duel] = duels(matches(two)[0]);
    const { peer, ratio, rounds } = duel.comparisons.get('');
    assert.equal(peer, 'jaxjs-webgpu');
    assert.equal(ratio, 16 / 2.5);
    assert.deepEqual(rounds, { low: 4, median: 6, high: 8 });
    assert.equal(duel.memoryPart, 3 / 20);
  });

  test('losses that differ are noticed, also those that are no numbers', () => {
    assert.deepEqual(agreements(two).map(credible), [true, true]);
    const broken = (loss) =>
      run([training('ours', 0, 1, { 1: loss }), training('jaxjs-webgpu', 0, 1, { 1: 2.5 })]);
    assert.equal(credible(agreements(broken(2.503))[0]), false);
    assert.equal(credible(agreements(broken(NaN))[0]), false);
  });

  test('targets are met or not', () => {
    const met = new Map(targets(two).map((target) => [target.what, target.met]));
    assert.equal(met.get('W1, ours against jaxjs-webgpu'), true);
    assert.equal(met.get('W1, dispatches per step'), true);
    assert.equal(met.get('W1, objects made per step'), true);
    assert.ok(tables(two).every(({ head, rows }) => rows.every((row) => row.length <= head.length)));
  });

  test('weights and batches do not change', async () => {
    const { initParams } = await load('common/init.ts');
    const { w1 } = initParams('W1');
    const limit = Math.sqrt(6 / 884);
    assert.ok(w1.data.every((weight) => Math.abs(weight) <= limit));
    assert.deepEqual(
      Array.from(w1.data.slice(0, 3), (weight) => weight.toFixed(6)),
      ['-0.070308', '0.033516', '0.066379'],
    );
  });
});

describe('bench.html', () => {
  let site;
  before(async () => {
    site = await openSite({ gpu: true });
  });
  after(() => site.close());

  // A shader that is no WGSL, and one that is, but has larger workgroups than the device: a pipeline's error.
  for (const [what, code, said] of [
    ['a shader', 'fn main() { nonsense }', /nonsense/],
    ['a pipeline', '@compute @workgroup_size(1024) fn main() {}', /1024/],
  ])
    test(`says what the device has against ${what}`, async () => {
      const { page } = await site.visit('bench.html?device=gpu', {
        prepare: (page) =>
          page.addInitScript((code) => {
            const { createShaderModule } = GPUDevice.prototype;
            GPUDevice.prototype.createShaderModule = function (descriptor) {
              const refused = descriptor.label === 'optim/adam';
              return createShaderModule.call(this, refused ? { ...descriptor, code } : descriptor);
            };
          }, code),
      });
      await page.waitForFunction(() => window.benchReady === true);
      // Twice: what was refused once is not taken for compiled.
      for (let i = 0; i < 2; i++) {
        const answer = page.evaluate(() => window.bench('W1', { dataBase: 'none' }));
        await assert.rejects(answer, said);
      }
    });

  for (const device of ['gpu', 'cpu'])
    test(`trains the first workload on the ${device}`, async () => {
      const { page, problems } = await site.visit(`bench.html?device=${device}`);
      // Every image is all of one grey, which tells its class.
      const labels = Buffer.from(Array.from({ length: 16_000 }, (_, i) => (i * 7) % 10));
      const images = Buffer.from(
        Array.from({ length: 16_000 * 784 }, (_, i) => 25 * labels[Math.floor(i / 784)]),
      );
      await page.route('**/given/mnist-*', (route) =>
        route.fulfill({ body: route.request().url().includes('images') ? images : labels }),
      );
      await page.waitForFunction(() => window.benchReady === true);
      const result = await page.evaluate(() =>
        window.bench('W1', { dataBase: 'given', minMs: 0, spec: { minSteps: 30 } }),
      );
      assert.ok(result.msPerStep > 0 && result.blocks.length >= 3, JSON.stringify(result));
      assert.ok(result.losses[40] < result.losses[1], JSON.stringify(result.losses));
      const flops = result.planned.reduce((sum, dispatch) => sum + dispatch.flops, 0);
      if (device === 'cpu') assert.deepEqual(result.planned, []);
      // Three products of 32 × 784 × 100 and 32 × 100 × 10, two FLOPs each, but for the images' gradient.
      else assert.ok(flops >= 2 * 32 * (2 * 784 * 100 + 3 * 100 * 10), JSON.stringify(result.planned));
      assert.deepEqual(problems, []);
    });
});
