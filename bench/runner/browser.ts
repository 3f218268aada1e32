// A fresh browser with an empty profile, one page, one call.
import { chromium, type Page } from 'playwright-core';
import type { AdapterResult } from '../adapter/page';

const QUIET = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
];
const SOFTWARE = [
  '--use-webgpu-adapter=swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

/** A browser that has just started is busy with its own pages, and with its GPU process: for about a second, in ms. */
const SETTLED = 2000;

export interface Launch {
  /** The program. */
  path: string;
  /** The browser's own choice of adapter rather than the software one. */
  systemGpu: boolean;
  /** Runs before a page's own scripts. */
  injected: string;
}

export function flags(systemGpu: boolean): string[] {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [
    ...sandbox,
    ...QUIET,
    '--enable-unsafe-webgpu',
    ...(systemGpu ? ['--enable-features=Vulkan'] : SOFTWARE),
  ];
}

export interface Visit<Answer> {
  browser: string;
  /** What the page answered … */
  answer?: Answer;
  /** … or why it did not. */
  error?: string;
  /** The first complaints of its console. */
  messages: string[];
}

/** Opens `url` in a browser of its own and evaluates `ask` there, within `seconds`. */
export async function visit<Answer>(
  launch: Launch,
  url: string,
  seconds: number,
  ask: (page: Page) => Promise<Answer>,
): Promise<Visit<Answer>> {
  const browser = await chromium.launch({ executablePath: launch.path, args: flags(launch.systemGpu) });
  const messages: string[] = [];
  const note = (text: string) => messages.length < 5 && messages.push(text.slice(0, 300));
  const timer = new AbortController();
  try {
    const page = await browser.newPage();
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && note(message.text()));
    page.on('pageerror', (error) => note(String(error)));
    const crashed = new Promise<never>((_, fail) =>
      page.on('crash', () => fail(new Error('the page crashed'))),
    );
    await page.addInitScript({ content: launch.injected });
    await page.waitForTimeout(SETTLED);
    await page.goto(url);
    const answer = await Promise.race([ask(page), crashed, timeout(seconds, timer.signal)]);
    return { browser: browser.version(), answer, messages };
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { browser: browser.version(), error: line.slice(0, 400), messages };
  } finally {
    timer.abort();
    await browser.close();
  }
}

function timeout(seconds: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, fail) => {
    const timer = setTimeout(() => fail(new Error(`no answer within ${seconds} s`)), seconds * 1000);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

/** Waits until a page can be asked to measure. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => window.benchReady === true, undefined, {
    timeout: 60_000,
    polling: 100, // Not at each frame: nothing is to be drawn while the page starts.
  });
}

/** What the adapter can do at best; `base` serves the bundled pages. */
export function probeAdapter(launch: Launch, base: string): Promise<Visit<AdapterResult>> {
  return visit(launch, `${base}/peers/adapter/index.html`, 180, async (page) => {
    await page.waitForFunction(() => window.probeAdapter !== undefined, undefined, { timeout: 60_000 });
    return page.evaluate(() => window.probeAdapter!());
  });
}
