// What all jax-js pages share. Its functions consume their arguments: every use of a value but the last says `.ref`.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  lax,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import type { Batch } from '../../common/data';
import type { Params, Tensor } from '../../common/init';
import { ADAM } from '../../common/spec';
import type { Trainer } from '../../common/train';

/** The library's own types are not installed everywhere. */
export type Value = any;
export type Values = Record<string, Value>;
/** The mean loss of a batch; consumes all three. */
export type Loss = (params: Values, x: Value, y: Value) => Value;

export const floats = (data: Float32Array, shape: number[]): Value =>
  np.array(data, { shape, dtype: np.float32 });
export const integers = (data: Int32Array, shape: number[]): Value =>
  np.array(data, { shape, dtype: np.int32 });

const map = <From, To>(from: Record<string, From>, f: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, f(value)]));

let device: string;
let started: Promise<void> | undefined;

/** Starts the device that all of the page uses. */
export function start(): Promise<void> {
  started ??= init(device).then((devices: string[]) => {
    if (!devices.includes(device)) throw new Error(`jax-js has no device ${device} here`);
    defaultDevice(device);
  });
  return started!;
}

export function chooseDevice(name: string): void {
  device = name;
}

export interface Recipe {
  params: Params;
  lr: number;
  weightDecay?: number;
  inputs(batch: Batch): [Value, Value];
  loss: Loss;
}

export async function trainer({
  params,
  inputs,
  loss,
  lr,
  weightDecay = 0,
}: Recipe): Promise<Trainer<Value>> {
  await start();
  const zeros = () => map(params, ({ shape, data }: Tensor) => floats(new Float32Array(data.length), shape));
  let state: Value[] = [
    map(params, ({ shape, data }) => floats(data, shape)),
    zeros(),
    zeros(),
    np.array(1),
    np.array(1),
  ];
  const run = jit(wholeStep(loss, lr, weightDecay));
  let compiled = false;

  return {
    async step(batch) {
      const [value, ...next] = run(...state, ...inputs(batch));
      state = next;
      // The library is lazy: unasked it would issue a whole block at its end, with every step's temporaries alive.
      if (device !== 'webgpu') await blockUntilReady(state[0]);
      else if (compiled) value.ref.gpuBufferSync();
      else await value.ref.gpuBuffer(); // compiles the pipelines side by side
      compiled = true;
      return value;
    },
    drop: (handle) => handle.dispose(),
    async finish(handle) {
      await Object.values<Value>(state[0]).at(-1).blockUntilReady();
      const [value] = await handle.data();
      return value;
    },
  };
}

/** Loss, gradients and optimizer as one function, the most that the library can compile at once. */
function wholeStep(loss: Loss, lr: number, weightDecay: number) {
  const { beta1, beta2, eps } = ADAM;
  return (
    params: Values,
    first: Values,
    second: Values,
    power1: Value,
    power2: Value,
    x: Value,
    y: Value,
  ): Value[] => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(params), x, y);
    power1 = power1.mul(beta1);
    power2 = power2.mul(beta2);
    const correct1 = np.reciprocal(np.subtract(1, power1.ref));
    const correct2 = np.reciprocal(np.subtract(1, power2.ref));
    const next: [Values, Values, Values] = [{}, {}, {}];
    for (const [name, old] of Object.entries(params)) {
      const gradient = gradients[name];
      const mean = first[name].mul(beta1).add(gradient.ref.mul(1 - beta1));
      const square = second[name].mul(beta2).add(np.square(gradient).mul(1 - beta2));
      const scale = np.sqrt(square.ref.mul(correct2.ref)).add(eps);
      const update = mean.ref.mul(correct1.ref).div(scale).mul(lr);
      const decayed = weightDecay > 0 && old.ndim >= 2 ? old.mul(1 - lr * weightDecay) : old;
      next[0][name] = decayed.sub(update);
      next[1][name] = mean;
      next[2][name] = square;
    }
    tree.dispose([correct1, correct2]);
    return [value, ...next, power1, power2];
  };
}

export function crossEntropy(logits: Value, labels: Value): Value {
  const [rows, classes] = logits.shape;
  return nn
    .logSoftmax(logits)
    .mul(lax.stopGradient(nn.oneHot(labels, classes)))
    .sum()
    .mul(-1 / rows);
}

export const dense = (x: Value, weight: Value, bias: Value): Value => np.dot(x, weight).add(bias);

export { jit, lax, nn, np };
