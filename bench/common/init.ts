// Initial weights, the same for every library. Dense weights are [in, out], convolutions' [height, width, in, out],
// images [height, width, channels]; layouts.ts turns them into what other libraries want.
import { generator, normal } from './random';
import { SPEC, type Cnn, type Gpt, type Lstm, type Mlp, type Specs, type TrainingWorkload } from './spec';

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** Parameters by name, in the order of their creation. */
export type Params = Record<string, Tensor>;

/** Draws tensors one after another: the order in which they are asked for is part of their values. */
class Init {
  private readonly random = generator(1234);

  glorot(shape: number[], fanIn: number, fanOut: number): Tensor {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return fill(shape, () => (2 * this.random() - 1) * limit);
  }

  dense(inputs: number, outputs: number): Tensor {
    return this.glorot([inputs, outputs], inputs, outputs);
  }

  conv(inputs: number, outputs: number): Tensor {
    return this.glorot([3, 3, inputs, outputs], 9 * inputs, 9 * outputs);
  }

  normal(shape: number[], deviation: number): Tensor {
    return fill(shape, () => deviation * normal(this.random));
  }
}

function fill(shape: number[], value: () => number): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = value();
  return { shape, data };
}

const constant = (length: number, value: number): Tensor => fill([length], () => value);

function mlp({ sizes: [inputs, hidden, classes] }: Mlp): Params {
  const init = new Init();
  return {
    w1: init.dense(inputs, hidden),
    b1: constant(hidden, 0),
    w2: init.dense(hidden, classes),
    b2: constant(classes, 0),
  };
}

function cnn({ c1, c2, dense, classes }: Cnn): Params {
  const init = new Init();
  // 0.01, because on a black background 0 would give exactly 0, where libraries disagree about ReLU's derivative.
  return {
    k1: init.conv(1, c1),
    b1: constant(c1, 0.01),
    k2: init.conv(c1, c2),
    b2: constant(c2, 0.01),
    w3: init.dense(25 * c2, dense),
    b3: constant(dense, 0),
    w4: init.dense(dense, classes),
    b4: constant(classes, 0),
  };
}

function gpt({ vocab, ctx, dim, layers, mlp }: Gpt): Params {
  const init = new Init();
  const residual = 0.02 / Math.sqrt(2 * layers);
  const params: Params = { wte: init.normal([vocab, dim], 0.02), wpe: init.normal([ctx, dim], 0.02) };
  for (let layer = 0; layer < layers; layer++) {
    const block: Params = {
      g1: constant(dim, 1),
      b1: constant(dim, 0),
      wqkv: init.normal([dim, 3 * dim], 0.02),
      bqkv: constant(3 * dim, 0),
      wo: init.normal([dim, dim], residual),
      bo: constant(dim, 0),
      g2: constant(dim, 1),
      b2: constant(dim, 0),
      wfc: init.normal([dim, mlp], 0.02),
      bfc: constant(mlp, 0),
      wpr: init.normal([mlp, dim], residual),
      bpr: constant(dim, 0),
    };
    for (const [name, tensor] of Object.entries(block)) params[`l${layer}_${name}`] = tensor;
  }
  return { ...params, gf: constant(dim, 1), bf: constant(dim, 0), head: init.normal([dim, vocab], 0.02) };
}

/** Gates are input, forget, cell, output; the forget gate's bias is 1. */
function lstm({ inputs, hidden, classes }: Lstm): Params {
  const init = new Init();
  const b = constant(4 * hidden, 0);
  b.data.fill(1, hidden, 2 * hidden);
  return {
    wx: init.dense(inputs, 4 * hidden),
    wh: init.dense(hidden, 4 * hidden),
    b,
    wy: init.dense(hidden, classes),
    by: constant(classes, 0),
  };
}

const RECIPES: { [W in TrainingWorkload]: (spec: Specs[W]) => Params } = {
  W1: mlp,
  W2: cnn,
  W3: gpt,
  W5: lstm,
};

/** The initial parameters of a workload. */
export function initParams<W extends TrainingWorkload>(workload: W, spec: Specs[W] = SPEC[workload]): Params {
  return RECIPES[workload](spec);
}

/** A square matrix of N(0, 1/n): products of such matrices keep their scale. */
export function gemmMatrix(n: number, seed: number): Float32Array {
  const random = generator(seed);
  return fill([n, n], () => normal(random) / Math.sqrt(n)).data;
}
