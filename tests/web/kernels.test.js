// Every kernel of every op on a browser's adapter, against the ops' CPU twins in f64: src/twins. The native tests do the
// same, but their adapters have no subgroups.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createServer } from 'vite';
import { openSite, root } from './site.js';

/** Invocations of a subgroup of SwiftShader, which is what Chromium has in these tests. */
const SUBGROUP = 4;
/** Devices that share the cases: while one waits, another has something to do. */
const PARTS = 3;

/** The engine as the site has it, without the page: what only tests call is in no script of dist/. */
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="module">
  import '/www/subgroups.ts';
  import init, { compare_ops, kernel_cases } from '/www/pkg/trainyard.js';
  window.compare = async (parts) => {
    await init();
    const all = Array.from({ length: parts }, (_, part) => compare_ops(part, parts));
    return { reports: (await Promise.all(all)).map(JSON.parse), expected: JSON.parse(kernel_cases(${SUBGROUP})) };
  };
</script>`;

let site, server;
before(async () => {
  const watch = null;
  server = await createServer({
    root,
    configFile: false,
    logLevel: 'warn',
    optimizeDeps: { noDiscovery: true },
    server: { host: '127.0.0.1', port: 0, watch, hmr: false, ws: false },
  });
  await server.listen();
  site = await openSite({ gpu: true });
});
after(async () => {
  await site?.close();
  await server?.close();
});

/** The kernels that the ops' sources name. What is in `shaders/pointwise/` are functions that kernels are made of. */
async function kernels() {
  const files = (await readdir(`${root}src/ops`)).filter((file) => file.endsWith('.rs'));
  const texts = await Promise.all(files.map((file) => readFile(`${root}src/ops/${file}`, 'utf8')));
  const declared = /kernel!\(\s*\w+(?: as "([^"]+)")?[^)]*"([^"]+)"\s*\)/g;
  const names = texts.flatMap((text) => [...text.matchAll(declared)].map(([, name, last]) => name ?? last));
  return names.filter((name) => !name.startsWith('pointwise/'));
}

test('every kernel agrees with its CPU twin', async (t) => {
  const { page, problems } = await site.visit('bench.html');
  const url = `http://127.0.0.1:${server.httpServer.address().port}/kernels.html`;
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
  await page.goto(url);
  await page.waitForFunction(() => window.compare);
  const { reports, expected } = await page.evaluate((parts) => window.compare(parts), PARTS);
  const compared = reports.flatMap((report) => report.compared);

  const off = ({ title, kernel, error, allowed }) =>
    `${title}, ${kernel}: off by ${error}, allowed ${allowed}`;
  assert.deepEqual(
    reports.flatMap((report) => report.refused),
    [],
  );
  assert.deepEqual(compared.filter(({ agrees }) => !agrees).map(off), []);
  for (const { adapter, subgroups } of reports)
    assert.deepEqual(subgroups, [SUBGROUP, SUBGROUP], `subgroups of ${adapter}`);
  const of = (name) => compared.filter(({ kernel, chained }) => kernel === name && !chained);
  const counts = Object.keys(expected).map((name) => [name, of(name).length]);
  assert.deepEqual(Object.fromEntries(counts), expected, 'cases by kernel, and how many there are');
  for (const name of await kernels()) {
    assert.ok(of(name).length > 0, `${name} was compared`);
    const worst = Math.max(...of(name).map(({ error }) => error));
    t.diagnostic(`${name}: ${of(name).length} cases, off by ${worst.toExponential(1)}`);
  }
  assert.deepEqual(problems, []);
});
