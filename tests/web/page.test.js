// The page around the training: words, colours, keys, sizes.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dist, number, openSite, status, until, value } from './site.js';

let site;
before(async () => (site = await openSite({ gpu: false })));
after(() => site?.close());

test('the layout is there before any script has run', async () => {
  const { page } = await site.visit('', { javaScriptEnabled: false });
  const text = await page.locator('body').innerText();
  assert.match(text, /This page trains a network on your GPU\. Nothing is uploaded\./);
  for (const testid of [
    'play',
    'step',
    'reset',
    'preset',
    'loss-chart',
    'draw-pad',
    'status',
    'val-accuracy',
  ]) {
    assert.ok(await page.getByTestId(testid).isVisible(), testid);
  }
});

test('speaks English and Chinese, and remembers', async () => {
  const { page } = await site.visit('?device=cpu');
  await page.getByTestId('play').waitFor();
  await page.getByTestId('language').selectOption('zh');
  await page.getByText('不上传任何数据').first().waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
  assert.match(await page.getByTestId('reset').textContent(), /重置/);
  // No word of the other language is left but names and units.
  const words = (await page.locator('main').innerText()).match(/[A-Za-z]{3,}/g) ?? [];
  const names =
    /^(MNIST|MLP|CNN|LSTM|GRU|GAN|VAE|GPT|Transformer|CPU|GPU|WebGPU|JSON|softmax|flatten|dense|units|relu|model|Delete|\w*experiment\w*)$/;
  assert.deepEqual([...new Set(words.filter((word) => !names.test(word)))], []);
  await page.goto(page.url().split('?')[0]);
  await page.getByText('不上传任何数据').first().waitFor();
});

test('themes change the colours', async () => {
  const { page } = await site.visit('?device=cpu', { colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByTestId('theme').selectOption('dark');
  assert.notEqual(await background(), light);
  await page.reload();
  assert.notEqual(await background(), light, 'the choice lasts');
  await page.getByTestId('theme').selectOption('system');
  assert.equal(await background(), light);
});

test('works by keyboard alone', async () => {
  const { page, problems } = await site.visit('?device=cpu&embed');
  await status(page, 'ready');
  await page.keyboard.press('s');
  await until(page, 'global-step', (step) => step === 1, { what: 'should be 1 after S' });
  await page.keyboard.press('Space');
  await until(page, 'global-step', (step) => step > 20, { what: 'should grow after Space' });
  await page.keyboard.press('Space');
  await status(page, 'paused');

  // A vertical line, drawn with the arrow keys.
  await page.getByTestId('draw-pad').focus();
  for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Space');
  for (let i = 0; i < 18; i++) await page.keyboard.press('ArrowDown');
  await until(page, 'prediction', (digit) => digit >= 0, { what: 'should follow the keys' });
  await status(page, 'paused');
  await page.keyboard.press('Delete');
  await page.waitForFunction(() => document.querySelector('[data-testid=prediction]').dataset.value === '');

  await page.getByTestId('play').focus();
  await page.keyboard.press('r');
  await until(page, 'global-step', (step) => step === 0, { what: 'should be 0 after R' });
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor({ state: 'visible', timeout: 5_000 });
  await page.getByTestId('shortcuts').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await page.keyboard.press('s');
  await page.waitForTimeout(300);
  assert.equal(await number(page, 'global-step'), 0, 'shortcuts can be switched off');
  assert.deepEqual(problems, []);
});

test('does not start by itself under reduced motion', async () => {
  const { page } = await site.visit('?device=cpu', { reducedMotion: 'reduce' });
  await status(page, 'ready');
  await page.waitForTimeout(500);
  assert.equal(await value(page, 'status'), 'ready');
});

test('shares a link to the same experiment', async () => {
  const { page } = await site.visit('?device=cpu&seed=7&lr=0.004');
  await status(page, 'training');
  await page.getByTestId('share').click();
  const link = new URL(await page.getByLabel('Link to this experiment').inputValue());
  const shared = Object.fromEntries(link.searchParams);
  assert.deepEqual(shared, { preset: 'mnist-mlp', seed: '7', lr: '0.004', lang: 'en', device: 'cpu' });
});

test('no horizontal scrolling at 320 px, and targets of 24 px', async () => {
  const { page } = await site.visit('?device=cpu', { viewport: { width: 320, height: 640 } });
  await status(page, 'training');
  for (const details of await page.locator('details > summary').all()) await details.click();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, select, input, summary, a, textarea')]
      .filter((element) => !element.closest('.skip, dialog'))
      .map((element) => [
        element.outerHTML.slice(0, 60),
        (element.closest('label') ?? element).getBoundingClientRect(),
      ])
      .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(([html]) => html),
  );
  assert.deepEqual(small, []);
});

test('stays within its sizes', async () => {
  const html = await readFile(new URL('index.html', dist), 'utf8');
  const entry = html.match(/<script type="module"[^>]*src="\.\/([^"]+)"/)[1];
  const seen = new Map();
  const load = async (url) => {
    if (seen.has(url.href)) return;
    const text = await readFile(url, 'utf8');
    seen.set(url.href, gzipSync(text).length);
    for (const [, path] of text.matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g))
      await load(new URL(path, url));
  };
  await load(new URL(entry, dist));
  for (const [, path] of html.matchAll(/modulepreload[^>]*href="\.\/([^"]+)"/g))
    await load(new URL(path, dist));
  const scripts = [...seen.values()].reduce((sum, size) => sum + size, 0);
  const assets = await readdir(new URL('assets/', dist));
  const wasm = assets.filter((name) => name.endsWith('.wasm'));
  // With SIMD and without: a visitor gets one of them.
  assert.equal(wasm.length, 2);
  const sizes = await Promise.all(wasm.map((name) => readFile(new URL(`assets/${name}`, dist))));
  const engine = Math.max(...sizes.map((bytes) => gzipSync(bytes).length));
  console.log(`first-paint JavaScript ${scripts} bytes gzip, WebAssembly ${engine} bytes gzip`);
  assert.ok(scripts <= 60_000, `first-paint JavaScript: ${scripts} bytes gzip`);
  assert.ok(engine <= 1_000_000, `WebAssembly: ${engine} bytes gzip`);
});
