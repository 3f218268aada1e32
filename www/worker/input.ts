import type { Column } from '../protocol';

/** Numbers, or tokens. */
export type Input = Float32Array | Uint32Array;

/** A column's bytes as the network gets them. */
export function toInput({ content }: Column, bytes: Uint8Array): Input {
  if (content === 'pixels') return Float32Array.from(bytes, (value) => value / 255);
  if (content === 'classes') return Uint32Array.from(bytes);
  return new Float32Array(bytes.slice().buffer);
}
