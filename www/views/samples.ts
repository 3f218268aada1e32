// Samples' bytes, for people.
import type { About, Column } from '../protocol';

const SPECIAL = ['<pad>', '<s>', '</s>'];

export const labelName = (about: About | null | undefined, label: number): string =>
  about?.y?.names?.[label] ?? String(label);

/** The names of a sample's tokens, without padding, begin and end. */
export function tokensOf({ shape, names = [] }: Column, bytes: Uint8Array, index: number): string[] {
  const time = shape[0] ?? 1;
  const tokens = Array.from(bytes.subarray(index * time, (index + 1) * time), (token) => names[token] ?? '?');
  return tokens.filter((name) => !SPECIAL.includes(name));
}

/** Bytes as the numbers that they are. */
export const numbersOf = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer);
