// Every preset, and what its own view is for.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { number, openSite, root, status, until, value } from './site.js';

let site;
before(async () => (site = await openSite({ gpu: false })));
after(() => site?.close());

test('every example is a preset, and trains', async (t) => {
  const examples = (await readdir(`${root}examples`)).map((file) => file.replace('.json', ''));
  const { page, problems } = await site.visit('?device=cpu&embed');
  const presets = await page
    .getByTestId('preset')
    .locator('option')
    .evaluateAll((options) => options.map((option) => option.value));
  assert.deepEqual([...presets].sort(), examples.sort());
  for (const id of presets) {
    await t.test(id, async () => {
      await page.getByTestId('preset').selectOption(id);
      await until(page, 'global-step', (step) => step === 0, { what: 'should be 0 at first' });
      await status(page, 'ready');
      await page.getByTestId('step').click();
      await until(page, 'global-step', (step) => step === 1, { what: 'should be 1' });
      await until(page, 'train-loss', (loss) => loss > 0, { what: 'should be measured' });
      assert.equal(new URL(page.url()).searchParams.get('preset'), id);
      assert.equal(await page.getByRole('alert').locator('.notice').count(), 0);
    });
  }
  assert.deepEqual(problems, []);
});

test('points: draws the boundary while it trains', async () => {
  const { page, problems } = await site.visit('?device=cpu&preset=points-spiral&embed');
  await status(page, 'ready');
  const share = () => value(page, 'boundary');
  await until(page, 'boundary', (part) => part >= 0, { what: 'should be drawn before training' });
  const before = await share();
  await page.getByTestId('play').click();
  await until(page, 'boundary', (part) => part.toFixed(3) !== before, { what: 'should move' });
  await until(page, 'boundary-right', (right) => right > 100, { what: 'should be more than half' });
  const painted = await page.getByTestId('boundary').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.ok(painted > 50, `${painted} colours on the canvas`);
  assert.deepEqual(problems, []);
});

test('names: a language model writes, and says what it does not know', async () => {
  const { page, problems } = await site.visit('?device=cpu&preset=names-gpt');
  await until(page, 'global-step', (step) => step > 3, { what: 'should grow' });
  await until(page, 'written', (count) => count === 12, { what: 'should be 12 names' });
  await page.getByTestId('play').click();
  await page.getByTestId('prompt').fill('mar');
  await page.getByTestId('write').click();
  const names = page.getByTestId('written').locator('li');
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll('[data-testid=written] li')].every((li) => li.innerText.match(/^mar/i)),
    null,
    { timeout: 30_000 },
  );
  assert.equal(await names.count(), 12);
  await page.getByTestId('prompt').fill('mär');
  assert.match(await page.locator('#prompt-error').textContent(), /does not know “ä”/);
  assert.ok(await page.getByTestId('write').isDisabled());
  assert.deepEqual(problems, []);
});

test('GAN: one noise grid through time, with a scrubber', async () => {
  const { page, problems } = await site.visit('?device=cpu&preset=mnist-gan');
  await until(page, 'snapshots', (count) => count >= 3, { what: 'should be kept' });
  assert.equal(await number(page, 'generated'), 36);
  assert.equal(await page.getByTestId('terms-chart').locator('.legend .line').count(), 3);
  await page.getByTestId('play').click();
  await status(page, 'paused');
  const label = () => page.getByTestId('generated').getAttribute('aria-label');
  const newest = await label();
  await page.getByTestId('scrubber').focus();
  await page.keyboard.press('Home');
  assert.notEqual(await label(), newest);
  assert.match(await label(), /at step \d$/);
  await page.getByRole('button', { name: 'Newest' }).click();
  assert.equal(await label(), newest);
  assert.deepEqual(problems, []);
});

test('VAE: a place of the latent plane is decoded, by keyboard too', async () => {
  const { page, problems } = await site.visit('?device=cpu&preset=mnist-vae-map&embed');
  await status(page, 'ready');
  const plane = page.getByTestId('latent-map');
  await plane.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  assert.equal(await value(page, 'latent-map'), '0.1 0.1');
  await plane.click({ position: { x: 5, y: 5 } });
  assert.match(await value(page, 'latent-map'), /^-2\.\d 2\.\d$/);
  assert.deepEqual(problems, []);
});

test('sequence to sequence: an input has an output, and an alignment', async () => {
  const { page, problems } = await site.visit('?device=cpu&preset=dates-seq2seq');
  await until(page, 'global-step', (step) => step > 3, { what: 'should grow' });
  await page.getByTestId('source').fill('3 may 1998');
  await until(page, 'alignment', (rows) => rows > 0, { what: 'should be shown' });
  assert.match(await value(page, 'translated'), /^[0-9-]+$/);
  assert.equal(await page.getByTestId('alignment').locator('thead th').count(), '3 may 1998'.length);
  await page.getByTestId('source').fill('3 mäy');
  assert.match(await page.locator('#source-error').textContent(), /does not know “ä”/);
  assert.deepEqual(problems, []);
});

test('spoken digits: a microphone that is denied is no dead end', async () => {
  const { page } = await site.visit('?device=cpu&preset=spoken-gru&embed');
  await status(page, 'ready');
  await page.getByTestId('record').click();
  await page.waitForFunction(
    () => document.querySelector('[data-testid=microphone-problem]').textContent !== '',
  );
  assert.match(await page.getByTestId('microphone-problem').textContent(), /microphone/);
  assert.ok(await page.getByTestId('record').isEnabled());
});
