// The same journey on the CPU engine: asked for, and where there is no WebGPU.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { obeysTheTransport, trainsAndRecognises, watchLongTasks } from './journey.js';
import { openSite, root, shared, status, until } from './site.js';

let site;
before(async () => (site = await openSite({ gpu: false })));
after(() => site?.close());

test('?device=cpu trains, reads drawn digits, obeys the transport', async () => {
  const { page, problems } = await site.visit('?device=cpu');
  await until(page, 'global-step', (step) => step > 20, { what: 'should grow by itself' });
  assert.equal(await page.getByTestId('device').getAttribute('data-value'), 'cpu');
  const longTasks = await watchLongTasks(page);
  await trainsAndRecognises(page, 90_000);
  assert.deepEqual(await longTasks(), [], 'main-thread tasks over 50 ms while training');
  await obeysTheTransport(page);
  assert.deepEqual(problems, []);
});

test('without WebGPU it trains on the CPU, says why, and how to get WebGPU', async () => {
  const { page, problems } = await site.visit();
  await until(page, 'val-accuracy', (accuracy) => accuracy >= 0.9, {
    timeout: 90_000,
    what: 'should reach 0.90',
  });
  assert.match(await page.getByTestId('device').textContent(), /CPU.*no WebGPU/);
  const notice = page.locator('.notice');
  assert.match(await notice.textContent(), /trains on your CPU/);
  await notice.locator('summary').click();
  assert.match(await notice.locator('details p').textContent(), /Chrome/);
  assert.deepEqual(problems, []);
});

test('?device=gpu without WebGPU is no dead end', async () => {
  const { page } = await site.visit('?device=gpu');
  await status(page, 'failed');
  await page.getByRole('alert').getByRole('button', { name: 'Train on the CPU instead' }).click();
  await until(page, 'global-step', (step) => step > 10, { what: 'should grow on the CPU' });
});

test('one epoch, then a summary that leads on', async () => {
  const experiment = JSON.parse(await readFile(`${root}examples/mnist-mlp.json`, 'utf8'));
  experiment.training.epochs = 1;
  const { page, problems } = await site.visit(`?device=cpu#${shared(experiment)}`);
  await status(page, 'finished', 180_000);
  assert.equal(await page.getByTestId('epoch').getAttribute('data-value'), '1');
  const pad = () => page.getByTestId('draw-pad').evaluate((element) => element.offsetTop);
  const before = await pad();
  const summary = page.getByTestId('summary');
  await page.getByRole('link', { name: 'What next?' }).click();
  // The review of the test samples follows the run.
  await summary.getByText(/test samples are right/).waitFor();
  assert.match(await summary.textContent(), /Validation accuracy: 9.*on 12,000 samples/);
  await summary.getByRole('button', { name: 'Why did it miss these?' }).click();
  assert.ok((await summary.locator('.misses li').count()) > 3);
  assert.equal(await pad(), before, 'nobody is disturbed while drawing');
  await page.getByTestId('play').click();
  await until(page, 'global-step', (step) => step > 1510, { what: 'should go on into the next epoch' });
  assert.deepEqual(problems, []);
});

test('a learning rate that is too high is noticed, and the way back works', async () => {
  const { page } = await site.visit('?device=cpu');
  await until(page, 'global-step', (step) => step > 5);
  const rate = page.getByTestId('learning-rate');
  await rate.fill('-1');
  assert.match(await page.locator('#learning-rate-error').textContent(), /above 0/);
  assert.equal(await rate.getAttribute('aria-invalid'), 'true');
  await rate.fill('0.01');
  assert.equal(await page.locator('#learning-rate-error').textContent(), '');

  await page.locator('#editor summary').click();
  const field = page.getByTestId('experiment');
  const experiment = JSON.parse(await field.inputValue());
  experiment.optimizer = { type: 'sgd', learning_rate: 10 };
  experiment.model = [
    { type: 'flatten' },
    ...Array.from({ length: 4 }, () => ({ type: 'dense', units: 64, activation: 'relu' })),
    { type: 'dense', units: 10 },
  ];
  await field.fill(JSON.stringify(experiment));
  await page.getByTestId('restart').click();
  await status(page, 'diverged');
  await page.getByRole('button', { name: 'Learning rate ÷ 10 and restart' }).click();
  // The restart itself: until it is done, the count of the run that diverged stands there.
  await page.waitForFunction(() => document.querySelector('[data-testid="learning-rate"]').value === '1');
  await status(page, 'training');
  await until(page, 'global-step', (step) => step > 0, { what: 'should grow again' });
  assert.equal(await rate.inputValue(), '1');
});
