// Malformed experiments: a message at the field that names what is wrong, and nothing lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { number, openSite, until } from './site.js';

let site;
before(async () => (site = await openSite({ gpu: false })));
after(() => site?.close());

const mistakes = [
  ['an unknown layer', /sofa|type/, (e) => (e.model[1].type = 'sofa')],
  ['a negative size', /units/, (e) => (e.model[1].units = -3)],
  ['a billion units', /model\[1\]\.units/, (e) => (e.model[1].units = 1e9)],
  [
    'a kernel larger than its input',
    /kernel/,
    (e) => e.model.unshift({ type: 'conv2d', filters: 4, kernel: 40 }),
  ],
  ['a missing field', /units/, (e) => delete e.model[1].units],
  ['no model', /model/, (e) => delete e.model],
];

test('says what is wrong with an experiment, and trains on', async (t) => {
  const { page, problems } = await site.visit('?device=cpu');
  await until(page, 'global-step', (step) => step > 5, { what: 'should grow' });
  await page.locator('#editor summary').click();
  const field = page.getByTestId('experiment');
  const preset = await field.inputValue();
  const error = page.getByTestId('experiment-error');

  for (const [name, message, spoil] of mistakes) {
    await t.test(name, async () => {
      const experiment = JSON.parse(preset);
      spoil(experiment);
      const text = JSON.stringify(experiment, null, 2);
      await field.fill(text);
      await page.getByTestId('restart').click();
      await page.waitForFunction(() => document.getElementById('editor-error').textContent !== '');
      assert.match(await error.textContent(), message);
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      assert.equal(await field.inputValue(), text, 'the text stays as it was typed');
      await field.fill(preset);
      await page.waitForFunction(() => document.getElementById('editor-error').textContent === '');
    });
  }

  await t.test('what is no JSON', async () => {
    await field.fill('{ "version": 1, ');
    await page.waitForFunction(() => document.getElementById('editor-error').textContent !== '');
  });

  await t.test('it still trains, and a sound change restarts', async () => {
    if ((await page.getByTestId('status').getAttribute('data-value')) !== 'finished') {
      const step = await number(page, 'global-step');
      await until(page, 'global-step', (now) => now > step, { what: 'should still grow' });
    }
    const experiment = JSON.parse(preset);
    experiment.model[1].units = 32;
    await field.fill(JSON.stringify(experiment, null, 2));
    await page.getByTestId('restart').click();
    await page.getByText('25,450 parameters in all').waitFor();
    await until(page, 'global-step', (step) => step > 0 && step < 1500, { what: 'should start again' });
  });
  assert.deepEqual(problems, []);
});
