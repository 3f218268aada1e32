// Serves the peers' bundles, our built site and the data, with the headers that threads in WebAssembly demand.
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import * as corpus from './corpus';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** What lets threads share memory. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
/** Below here pages are served without it, as most hosts do. */
export const PLAIN = '/plain/';

export interface Site {
  base: string;
  close(): void;
}

/** `mounts`: folder by the path it is served under, such as `/ext/ours/`. */
export async function serve(mounts: Record<string, string>): Promise<Site> {
  const files: Record<string, Buffer> = {
    '/data/mnist-images.u8': corpus.mnistImages(),
    '/data/mnist-labels.u8': corpus.mnistLabels(),
    '/data/text.u8': corpus.text(),
  };
  /** Bytes of one sample, for `?n=`. */
  const unit: Record<string, number> = { '/data/mnist-images.u8': 784, '/data/mnist-labels.u8': 1 };

  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const where = decodeURIComponent(url.pathname);
    response.setHeader('Cache-Control', 'no-store');
    if (!where.startsWith(PLAIN))
      for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
    const data = files[where];
    if (data) {
      const count = Number(url.searchParams.get('n') ?? Infinity);
      response.setHeader('content-type', 'application/octet-stream');
      response.end(data.subarray(0, Math.min(data.length, count * (unit[where] ?? 1))));
      return;
    }
    const file = find(mounts, where);
    if (!file) {
      response.writeHead(where === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    fs.createReadStream(file).pipe(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { base: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function find(mounts: Record<string, string>, where: string): string | undefined {
  const mount = Object.keys(mounts).find((prefix) => where.startsWith(prefix));
  if (mount === undefined) return undefined;
  const folder = path.resolve(mounts[mount]!);
  const file = path.join(folder, where.slice(mount.length) || 'index.html');
  const inside = file.startsWith(folder + path.sep);
  return inside && fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}
