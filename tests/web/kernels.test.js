// Every kernel of every op on a browser's adapter, against the ops' CPU twins in f64: src/twins. The native tests do the
// same, but their adapters have no subgroups.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createServer } from 'vite';
import { openSite, root, SYSTEM_GPU } from './site.js';

/** Browsers that share the cases: each compiles on one core, which is what takes long. */
const BROWSERS = 2;

/** The engine without the page, in the build that has what only tests call: `cargo xtask test web` makes it. */
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="module">
  import { pipelines } from '/www/pipelines.ts';
  import init, { await_pipelines, compare_ops } from '/www/pkg/twins/trainyard.js';
  window.compare = async (part) => {
    await init();
    await_pipelines(pipelines);
    return JSON.parse(await compare_ops(part, ${BROWSERS}));
  };
</script>`;

let server;
let sites = [];
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
  const open = Array.from({ length: BROWSERS }, () => openSite({ gpu: true }));
  sites = await Promise.all(open);
});
after(async () => {
  for (const site of sites) await site.close();
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

/** What one browser says of its part of the cases. */
async function compare(site, part) {
  const { page, problems } = await site.visit('bench.html');
  const url = `http://127.0.0.1:${server.httpServer.address().port}/kernels.html`;
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
  await page.goto(url);
  await page.waitForFunction(() => window.compare);
  const report = await page.evaluate((part) => window.compare(part), part);
  return { ...report, problems };
}

test('every kernel agrees with its CPU twin', async (t) => {
  const reports = await Promise.all(sites.map(compare));
  const [{ expected }] = reports;
  const compared = reports.flatMap((report) => report.compared);

  const off = ({ title, kernel, error, allowed }) =>
    `${title}, ${kernel}: off by ${error}, allowed ${allowed}`;
  for (const { refused, problems } of reports)
    assert.deepEqual({ refused, problems }, { refused: [], problems: [] });
  assert.deepEqual(compared.filter(({ agrees }) => !agrees).map(off), []);
  for (const { adapter, subgroups, hardware } of reports) {
    t.diagnostic(`${adapter}: subgroups of ${subgroups}, ${hardware ? 'a GPU' : 'a software adapter'}`);
    // SwiftShader.
    if (!SYSTEM_GPU) assert.deepEqual({ subgroups, hardware }, { subgroups: [4, 4], hardware: false });
  }
  const of = (name) =>
    compared.filter(({ kernel, chained, expanded }) => kernel === name && !chained && !expanded);
  const counts = Object.keys(expected).map((name) => [name, of(name).length]);
  assert.deepEqual(Object.fromEntries(counts), expected, 'cases by kernel, and how many there are');
  const expansions = new Set(compared.filter(({ expanded }) => expanded).map(({ op }) => op));
  const winograd = reports[0].hardware ? [] : ['conv2d', 'conv2d_input_grad', 'conv2d_weight_grad'];
  assert.deepEqual([...expansions].sort(), winograd);
  for (const name of SYSTEM_GPU ? Object.keys(expected) : await kernels()) {
    assert.ok(of(name).length > 0, `${name} was compared`);
    const worst = Math.max(...of(name).map(({ error }) => error));
    t.diagnostic(`${name}: ${of(name).length} cases, off by ${worst.toExponential(1)}`);
  }
});
