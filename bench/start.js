// Node reads no TypeScript everywhere yet: bundles the runner into dist/, and starts it.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const file = fileURLToPath(new URL('dist/run.js', import.meta.url));
await build({
  entryPoints: [fileURLToPath(new URL('runner/run.ts', import.meta.url))],
  outfile: file,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  target: 'node20',
  logLevel: 'warning',
});
await import(pathToFileURL(file).href);
