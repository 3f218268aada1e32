// The peers' pages, bundled as one would for a visitor: minified, split where the library imports lazily.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { build } from 'esbuild';
import type { Peer } from './libraries';
import { bench, packageFolder } from './paths';

/** Bytes that a visitor downloads. */
export interface Size {
  script: number;
  scriptGzip: number;
  wasm: number;
  wasmGzip: number;
}

export const pages = path.join(bench, 'dist/pages');

/** Bundles a page into dist/pages/<name>/; returns its scripts. */
export async function bundle(name: string, entry: string): Promise<string[]> {
  const folder = path.join(pages, name);
  fs.rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: bench,
    entryPoints: { page: entry },
    outdir: folder,
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    metafile: true,
    platform: 'browser',
    mainFields: ['module', 'browser', 'main'],
    target: 'es2022',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    // What only Node would load.
    external: ['fs', 'path', 'os', 'util', 'crypto', 'worker_threads', 'perf_hooks', 'module', 'url'],
  });
  const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><script type="module" src="page.js"></script>`;
  fs.writeFileSync(path.join(folder, 'index.html'), html);
  return Object.keys(metafile.outputs).map((file) => path.join(bench, file));
}

/** Code that is put before a page's own, as one plain script. */
export async function injected(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: bench,
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    write: false,
    target: 'es2022',
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** Bundles a peer, with its .wasm files beside it. */
export async function bundlePeer(name: string, peer: Peer): Promise<Size> {
  const scripts = await bundle(name, peer.entry);
  if (!peer.wasm) return weigh(scripts, []);
  const { folder, taken } = peer.wasm;
  const from = path.join(packageFolder(peer.wasm.package), folder);
  const files = fs.readdirSync(from).filter((file) => file.endsWith('.wasm'));
  for (const file of files) fs.copyFileSync(path.join(from, file), path.join(pages, name, file));
  const downloaded = files.filter((file) => file.includes(taken)).map((file) => path.join(from, file));
  return weigh(scripts, downloaded);
}

/** Of our two builds of the WebAssembly, the one that a browser with SIMD fetches. */
const FETCHED = 'trainyard_bg';

/**
 * Scripts that a page of a built site leads to, by the names of files in what it loads, and the WebAssembly that is
 * fetched.
 */
export function weighPage(site: string, page: string): Size {
  const known = new Map(walk(site).map((file) => [path.basename(file), file]));
  const found = new Set<string>();
  const todo = [path.join(site, page)];
  while (todo.length) {
    const text = fs.readFileSync(todo.pop()!, 'utf8');
    for (const [name] of text.matchAll(/[\w.-]+\.(?:js|wasm)\b/g)) {
      const file = known.get(name);
      if (!file || found.has(file)) continue;
      found.add(file);
      if (file.endsWith('.js')) todo.push(file);
    }
  }
  const ending = (end: string) => [...found].filter((file) => file.endsWith(end));
  const fetched = ending('.wasm').filter((file) => path.basename(file).startsWith(FETCHED));
  return weigh(ending('.js'), fetched);
}

function walk(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function weigh(scripts: string[], wasm: string[]): Size {
  const sum = (files: string[], bytes: (content: Buffer) => number) =>
    files.reduce((total, file) => total + bytes(fs.readFileSync(file)), 0);
  const plain = (content: Buffer) => content.length;
  const gzip = (content: Buffer) => zlib.gzipSync(content, { level: 9 }).length;
  return {
    script: sum(scripts, plain),
    scriptGzip: sum(scripts, gzip),
    wasm: sum(wasm, plain),
    wasmGzip: sum(wasm, gzip),
  };
}

/** The installed version of a package. */
export function version(name: string): string {
  return JSON.parse(fs.readFileSync(path.join(packageFolder(name), 'package.json'), 'utf8')).version;
}
