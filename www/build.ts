// The engine's build that this browser can run: with SIMD or without. Both have the same glue.

/** A module that only browsers with SIMD find valid: i8x16.popcnt of a splat. */
const PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11,
];

/** Builds that are there, by path: while developing, only the one with SIMD. */
const files = import.meta.glob<string>('./pkg/*.wasm', { query: '?url', import: 'default', eager: true });

const name = WebAssembly.validate(new Uint8Array(PROBE)) ? 'trainyard_bg' : 'trainyard_plain';

/** Where it is. */
export const build = files[`./pkg/${name}.wasm`] ?? files['./pkg/trainyard_bg.wasm']!;
