// What a visitor does with a network that learns; the same on every engine.
import assert from 'node:assert/strict';
import { ONE, ZERO, number, recognises, status, until } from './site.js';

export async function trainsAndRecognises(page, timeout) {
  await until(page, 'train-loss', (loss) => loss > 0, { timeout, what: 'should be measured' });
  await until(page, 'val-accuracy', (accuracy) => accuracy >= 0.9, { timeout, what: 'should reach 0.90' });
  assert.ok((await number(page, 'train-loss')) < 0.7, 'the training loss fell');
  assert.ok((await number(page, 'val-loss')) < 0.5, 'the validation loss fell');
  assert.ok((await number(page, 'examples-per-second')) > 0, 'the speed is shown');
  await recognises(page, ONE, 1);
  await recognises(page, ZERO, 0);
  assert.ok((await number(page, 'digits-right')) >= 20, 'most of the 25 test digits have turned right');
}

export async function obeysTheTransport(page) {
  if ((await page.getByTestId('status').getAttribute('data-value')) === 'training') {
    await page.getByTestId('play').click();
    await status(page, 'paused');
  }
  const paused = await number(page, 'global-step');
  await page.waitForTimeout(700);
  assert.equal(await number(page, 'global-step'), paused, 'pause stops the steps');

  await page.getByTestId('step').click();
  await until(page, 'global-step', (step) => step === paused + 1, { what: `should be ${paused + 1}` });
  await page.waitForTimeout(300);
  assert.equal(await number(page, 'global-step'), paused + 1, 'a step is one batch');

  await page.getByTestId('reset').click();
  await until(page, 'global-step', (step) => step === 0, { what: 'should be 0 after a reset' });
  await status(page, 'ready');
  assert.ok(Number.isNaN(await number(page, 'val-accuracy')), 'nothing is measured after a reset');

  await page.getByTestId('play').click();
  await until(page, 'global-step', (step) => step > 3, { what: 'should grow again' });
}

/**
 * Watches the page's main thread; the result ends that and tells of tasks over 50 ms of its own time.
 * Not of time on the clock: on a busy machine a task of 2 ms may take 100 because others have their turn.
 */
export async function watchLongTasks(page) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['toplevel'] });
  return async () => {
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const thread = ({ pid, tid }) => `${pid}:${tid}`;
    const main = new Set(
      traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map(thread),
    );
    const tasks = traceEvents.filter((e) => /RunTask$/.test(e.name) && e.tdur > 0 && main.has(thread(e)));
    assert.ok(tasks.length > 100, `the trace shows the page at work: ${tasks.length} tasks`);
    return tasks.map((task) => Math.round(task.tdur / 1000)).filter((milliseconds) => milliseconds > 50);
  };
}
