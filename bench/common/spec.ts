// What every library has to compute: float32, from the same weights (init.ts), on the same batches (data.ts).

/** Adam of all training workloads. */
export const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

interface Training {
  kind: 'train';
  title: string;
  /** What one step is counted in. */
  unit: 'samples' | 'tokens';
  /** Sequences or images in a batch. */
  batch: number;
  lr: number;
  /** Steps before the first that is timed. */
  warmup: number;
  /** Steps in a timed block. */
  block: number;
  /** Timed steps at least. */
  minSteps: number;
  /** Multiplications and additions of matrix products and convolutions, forward and backward: a nominal count. */
  flopsPerStep: number;
}

/** 784 → 100, ReLU → 10; mean softmax cross-entropy; Adam. */
export interface Mlp extends Training {
  sizes: readonly [number, number, number];
}

/** Conv 3 × 3, ReLU, pool 2, twice; dense, ReLU, dense. No padding; Adam. */
export interface Cnn extends Training {
  c1: number;
  c2: number;
  dense: number;
  classes: number;
}

/**
 * Pre-norm GPT: learned positions, GELU by tanh, biases everywhere but in the head, which shares nothing.
 * Cross-entropy of the next character at every position; AdamW that decays matrices only.
 */
export interface Gpt extends Training {
  weightDecay: number;
  vocab: number;
  ctx: number;
  dim: number;
  heads: number;
  layers: number;
  mlp: number;
}

/** One LSTM layer over the rows of an image; its last state → dense; Adam. */
export interface Lstm extends Training {
  steps: number;
  inputs: number;
  hidden: number;
  classes: number;
}

/** C ← A C again and again: a chain, so that nothing can be left out. */
export interface Gemm {
  kind: 'gemm';
  title: string;
  sizes: readonly number[];
}

/** What each workload's specification is. */
export interface Specs {
  W1: Mlp;
  W2: Cnn;
  W3: Gpt;
  W4: Gemm;
  W5: Lstm;
}

export type Workload = keyof Specs;
/** The workloads that train. */
export type TrainingWorkload = Exclude<Workload, 'W4'>;

const MNIST = { kind: 'train', unit: 'samples', lr: 1e-3, warmup: 10, block: 10 } as const;

/** The workloads of PERFORMANCE.md. */
export const SPEC: Specs = {
  W1: {
    ...MNIST,
    title: 'MLP 784-100-10',
    batch: 32,
    sizes: [784, 100, 10],
    minSteps: 100,
    flopsPerStep: 10.2e6,
  },
  W2: {
    ...MNIST,
    title: 'CNN 32-64-128-10',
    batch: 64,
    c1: 32,
    c2: 64,
    dense: 128,
    classes: 10,
    minSteps: 30,
    flopsPerStep: 0.985e9,
  },
  W3: {
    kind: 'train',
    title: 'char-GPT 4 × 128',
    unit: 'tokens',
    batch: 16,
    lr: 3e-4,
    weightDecay: 0.01,
    vocab: 65,
    ctx: 64,
    dim: 128,
    heads: 4,
    layers: 4,
    mlp: 512,
    warmup: 2,
    block: 5,
    minSteps: 30,
    flopsPerStep: 5.3e9,
  },
  W4: { kind: 'gemm', title: 'GEMM f32', sizes: [256, 512, 1024] },
  W5: {
    ...MNIST,
    title: 'LSTM over rows 28 × 28-128',
    batch: 64,
    steps: 28,
    inputs: 28,
    hidden: 128,
    classes: 10,
    minSteps: 30,
    flopsPerStep: 0.81e9,
  },
};

/** Samples or tokens of a step. */
export function perStep(spec: Specs[TrainingWorkload]): number {
  return 'ctx' in spec ? spec.batch * spec.ctx : spec.batch;
}
