// Matrix products, timed as a chain: C ← A C.
import { between, counted, type Counts } from './counters';
import type { Options } from './driver';
import { gemmMatrix } from './init';
import type { Gemm } from './spec';
import { median } from './stats';

/** A library's product of two matrices. */
export interface Chain {
  /** C ← A C. */
  step(): void | Promise<void>;
  /** Waits, and gives the sum of the magnitudes of C's first row. */
  finish(): Promise<number>;
  dispose?(): void;
  /** What computes it, where there is a choice. */
  kernel?: string;
}

/** Starts a library on n × n matrices A and C. */
export type CreateGemm = (
  n: number,
  a: Float32Array,
  c: Float32Array,
  opts: Options,
) => Chain | Promise<Chain>;

export interface SizeResult {
  /** ms per product, median of the blocks. */
  ms: number;
  /** ms per product of each block of `k`. */
  blocks: number[];
  k: number;
  gflops: number;
  best: number;
  /** Of the first product. */
  checksum: number;
  kernel?: string;
  /** WebGPU calls per product. */
  counts: Counts | null;
}

export interface GemmResult {
  workload: 'W4';
  sizes: Record<number, SizeResult>;
  setupToFirstStepMs: number;
  pageToFirstStepMs: number;
}

/** A block lasts about this long, in ms. */
const BLOCK_MS = 300;
const now = () => performance.now();

export async function timeGemm(spec: Gemm, create: CreateGemm, opts: Options): Promise<GemmResult> {
  const start = now();
  let first = 0;
  const sizes: Record<number, SizeResult> = {};
  for (const n of spec.sizes) {
    const chain = await create(n, gemmMatrix(n, 11), gemmMatrix(n, 22), opts);
    sizes[n] = await timeSize(n, chain, opts.maxMs / 6, () => (first ||= now()));
    chain.dispose?.();
  }
  return { workload: 'W4', sizes, setupToFirstStepMs: first - start, pageToFirstStepMs: first };
}

async function timeSize(n: number, chain: Chain, maxMs: number, firstDone: () => void): Promise<SizeResult> {
  const run = async (products: number) => {
    const start = now();
    for (let i = 0; i < products; i++) {
      const pending = chain.step();
      if (pending) await pending;
    }
    const checksum = await chain.finish();
    return { ms: (now() - start) / products, checksum };
  };
  const { checksum } = await run(1);
  firstDone();
  const k = Math.max(1, Math.min(50, Math.round(BLOCK_MS / (await run(1)).ms)));
  const before = counted();
  const deadline = now() + maxMs;
  const blocks: number[] = [];
  while (blocks.length < 7 && (blocks.length < 3 || now() < deadline)) blocks.push((await run(k)).ms);
  const gflops = (ms: number) => (2 * n ** 3) / ms / 1e6;
  const ms = median(blocks);
  return {
    ms,
    blocks,
    k,
    gflops: gflops(ms),
    best: gflops(Math.min(...blocks)),
    checksum,
    kernel: chain.kernel,
    counts: between(before, counted(), k * blocks.length),
  };
}
