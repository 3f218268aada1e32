// The built page in headless Chromium: what every browser test needs.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const dist = new URL('../../dist/', import.meta.url);

const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Without these headless Chromium has no adapter: that is the journey without WebGPU. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
/** TRAINYARD_GPU=system: this machine's own adapter instead. */
export const SYSTEM_GPU = process.env.TRAINYARD_GPU === 'system';
const GPU = SYSTEM_GPU ? ['--enable-unsafe-webgpu', '--enable-features=Vulkan'] : SOFTWARE_GPU;

/** What a host sends so that pages may share memory with their workers. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Serves dist/ and starts a browser; `close` ends both. `requested` is what has been asked for so far. */
export async function openSite({ gpu, isolated = false }) {
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'warn',
    preview: { host: '127.0.0.1', port: 0, headers: isolated ? ISOLATION : {} },
  });
  const requested = [];
  server.httpServer.on('request', ({ url }) => requested.push(url));
  const browser = await chromium.launch({
    executablePath: process.env.BROWSER_PATH ?? '/usr/bin/chromium',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...QUIET, ...(gpu ? GPU : [])],
  });
  return {
    requested,
    /** A fresh visitor, after the one before has left. `problems` collects what the console complains about. */
    async visit(query = '', options = {}) {
      for (const left of browser.contexts()) await left.close();
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        locale: 'en-US',
        ...options,
      });
      const page = await context.newPage();
      const problems = [];
      page.on('console', (m) => ['error', 'warning'].includes(m.type()) && problems.push(m.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      await options.prepare?.(page);
      await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/${query}`);
      return { page, problems };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The part of a shared link behind the # that holds an experiment. */
export const shared = (experiment) =>
  `experiment=${Buffer.from(JSON.stringify(experiment)).toString('base64url')}`;

/** The plain number (or word) behind what the page shows. */
export async function value(page, testid) {
  return page.getByTestId(testid).getAttribute('data-value');
}

export async function number(page, testid) {
  const text = await value(page, testid);
  return text === '' ? NaN : Number(text);
}

/** Waits until the value of an element satisfies `test`, and says what it was when it never did. */
export async function until(page, testid, test, { timeout = 60_000, what = '' } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const text = await value(page, testid);
    if (text !== '' && test(Number.isNaN(Number(text)) ? text : Number(text))) return text;
    if (Date.now() > end) {
      const status = await page.getByTestId('status').textContent();
      assert.fail(`${testid} ${what} within ${timeout} ms: it is "${text}", the status "${status}"`);
    }
    await page.waitForTimeout(100);
  }
}

export const status = (page, wanted, timeout) =>
  until(page, 'status', (now) => now === wanted, { timeout, what: `should become "${wanted}"` });

/** Draws on the pad with the mouse; points in parts of its width and height. */
export async function draw(page, points) {
  const pad = page.getByTestId('draw-pad');
  await page.getByTestId('clear').click();
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 4 });
  await page.mouse.up();
}

export const ONE = [
  [0.52, 0.18],
  [0.5, 0.5],
  [0.48, 0.82],
];
export const ZERO = Array.from({ length: 25 }, (_, i) => {
  const angle = (i / 24) * 2 * Math.PI;
  return [0.5 + 0.2 * Math.sin(angle), 0.5 - 0.3 * Math.cos(angle)];
});

/** Draws a digit and waits until the network reads it as that digit. */
export async function recognises(page, points, digit) {
  await draw(page, points);
  await until(page, 'prediction', (read) => read === digit, {
    timeout: 15_000,
    what: `should read ${digit}`,
  });
}
