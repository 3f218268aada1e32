// The default visit, on WebGPU. Here the adapter is a software one; the page does not know better.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { obeysTheTransport, trainsAndRecognises, watchLongTasks } from './journey.js';
import { number, openSite, until } from './site.js';

let site;
before(async () => (site = await openSite({ gpu: true })));
after(() => site?.close());

test('trains the MLP, reads drawn digits, obeys the transport', async () => {
  const { page, problems } = await site.visit('?device=gpu');
  await until(page, 'global-step', (step) => step > 20, { what: 'should grow by itself' });
  assert.equal(await page.getByTestId('device').getAttribute('data-value'), 'gpu');
  const longTasks = await watchLongTasks(page);
  await trainsAndRecognises(page, 180_000);
  assert.deepEqual(await longTasks(), [], 'main-thread tasks over 50 ms while training');
  await obeysTheTransport(page);
  assert.deepEqual(problems, []);
});

test('creates no WebGPU object once it trains', async () => {
  const { page } = await site.visit('?device=gpu', { prepare: countCreations });
  await until(page, 'global-step', (step) => step > 0, { what: 'should grow' });
  const created = () => page.workers()[0].evaluate(() => self.created);
  // Evaluation and prediction make theirs when they are first asked for.
  await page.getByTestId('use-test-digit').click();
  await until(page, 'prediction', (digit) => digit >= 0, { what: 'should be shown' });
  await until(page, 'val-accuracy', (accuracy) => accuracy > 0, { what: 'should be measured' });
  const before = await created();
  assert.ok(before > 10, `the count works: ${before} objects were made to start with`);
  const step = await number(page, 'global-step');
  await until(page, 'global-step', (now) => now > step + 100, { what: 'should grow by 100' });
  await until(page, 'val-accuracy', (accuracy) => accuracy > 0.5, { what: 'should be measured' });
  assert.equal(await created(), before);
});

test('by itself it prefers the CPU engine to a software adapter, and says so', async () => {
  const { page } = await site.visit();
  await until(page, 'global-step', (step) => step > 20, { what: 'should grow by itself' });
  assert.equal(await page.getByTestId('device').getAttribute('data-value'), 'cpu');
  assert.match(await page.locator('.notice').textContent(), /software adapter only/);
});

test('the CNN trains and its loss falls', async () => {
  const { page, problems } = await site.visit('?device=gpu&preset=mnist-cnn&embed');
  await until(page, 'status', (now) => now === 'ready', { what: 'should wait in an embed' });
  await page.getByTestId('play').click();
  const first = Number(await until(page, 'train-loss', (loss) => loss > 0, { what: 'should be measured' }));
  await until(page, 'train-loss', (loss) => loss < Math.min(first, 2.3) * 0.8, {
    timeout: 180_000,
    what: `should fall from ${first}`,
  });
  assert.deepEqual(problems, []);
});

/** Playwright has no init scripts for workers, so the script itself gets a few lines in front. */
async function countCreations(page) {
  await page.route(/\/assets\/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${count})();\n${await response.text()}` });
  });
  function count() {
    self.created = 0;
    const pipelines = ['createComputePipeline', 'createComputePipelineAsync'];
    for (const name of ['createBuffer', 'createBindGroup', 'createTexture', ...pipelines]) {
      const original = GPUDevice.prototype[name];
      GPUDevice.prototype[name] = function (descriptor) {
        self.created += 1;
        return original.call(this, descriptor);
      };
    }
  }
}
