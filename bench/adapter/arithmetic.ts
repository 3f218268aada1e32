// The adapter's ceiling: multiply-adds that never leave registers.
import type { Bare } from './device';

/** Type, its width, and independent chains: software adapters have 16 registers and spill where a GPU does not. */
const SHAPES = [
  { type: 'f32', width: 1, chains: 8 },
  { type: 'f32', width: 1, chains: 12 },
  { type: 'vec4f', width: 4, chains: 2 },
  { type: 'vec4f', width: 4, chains: 8 },
] as const;
type Shape = (typeof SHAPES)[number];

const ROUNDS = 8000;
/** Workgroups: so many are enough for a software adapter, a GPU gets more until it is busy for LONG seconds. */
const FEWEST = 64;
const MOST = FEWEST << 9;
const LONG = 0.02;
/** Invocations of a workgroup. */
const WIDTH = 64;

/** `step` is the multiply-add of one chain, in terms of the chain, m and b. */
export function shader({ type, chains }: Shape, step: (chain: string) => string, rounds = ROUNDS): string {
  const all = Array.from({ length: chains }, (_, i) => `a${i}`);
  return `
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(${WIDTH}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = ${type}(0.999 + result[0]);
  let b = ${type}(0.0001) * f32(id.x & 7u);
  ${all.map((a, i) => `var ${a} = ${type}(${i}.5) + b;`).join('\n  ')}
  for (var round = 0u; round < ${rounds}u; round++) {
    ${all.map((a) => `${a} = ${step(a)};`).join('\n    ')}
  }
  result[1u + id.x] = dot(vec4f(${all.join(' + ')}), vec4f(1.0));
}`;
}

const STEPS = {
  'a * m + b': (a: string) => `${a} * m + b`,
  'fma(a, m, b)': (a: string) => `fma(${a}, m, b)`,
};

export interface Ceiling {
  /** Of the best shape. */
  gflops: number;
  best: number;
  /** Median of each shape and way of writing it. */
  shapes: Record<string, number>;
}

export async function multiplyAdd(gpu: Bare): Promise<Ceiling> {
  const result = gpu.buffer(4 * (MOST * WIDTH + 1));
  let workgroups = FEWEST;
  const ceiling: Ceiling = { gflops: 0, best: 0, shapes: {} };
  for (const [name, step] of Object.entries(STEPS))
    for (const shape of SHAPES) {
      const kernel = gpu.kernel(shader(shape, step), result);
      const measure = () => gpu.time(() => gpu.run(kernel, workgroups), result);
      let time = await measure();
      while (time.median < LONG && workgroups < MOST) {
        workgroups *= 8;
        time = await measure();
      }
      const flops = 2 * shape.width * shape.chains * ROUNDS * WIDTH * workgroups;
      const gflops = flops / time.median / 1e9;
      ceiling.shapes[`${name}, ${shape.chains} × ${shape.type}`] = gflops;
      ceiling.gflops = Math.max(ceiling.gflops, gflops);
      ceiling.best = Math.max(ceiling.best, flops / time.best / 1e9);
    }
  result.destroy();
  return ceiling;
}

/** A kernel that no cache has seen, for timing its compilation; it writes `WIDTH` numbers after the first. */
export const unseen = (): string => {
  const factor = (1 + Math.random()).toFixed(9);
  return shader(SHAPES[3], (a) => `${a} * m + b * ${factor}`, 1);
};
export const UNSEEN_BYTES = 4 * (WIDTH + 1);
