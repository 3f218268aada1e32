// What all TensorFlow.js pages share. Core API only: layers would add work to every step.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import type { Batch } from '../../common/data';
import type { Params } from '../../common/init';
import { ADAM } from '../../common/spec';
import type { Trainer } from '../../common/train';

/** The library's own types are not installed everywhere. */
export type Tensor = any;
export type Variables = Record<string, Tensor>;

export function variables(params: Params): Variables {
  const made = Object.entries(params).map(([name, { shape, data }]) => [
    name,
    tf.variable(tf.tensor(data, shape), true, name),
  ]);
  return Object.fromEntries(made);
}

export interface Recipe {
  variables: Variables;
  lr: number;
  /** Of matrices; 0 is plain Adam. */
  weightDecay?: number;
  /** Uploads a batch. */
  inputs(batch: Batch): [Tensor, Tensor];
  /** The mean loss of a batch. */
  loss(x: Tensor, y: Tensor): Tensor;
}

export function trainer({ variables, lr, weightDecay = 0, inputs, loss }: Recipe): Trainer<Tensor> {
  const optimizer = tf.train.adam(lr, ADAM.beta1, ADAM.beta2, ADAM.eps);
  const trained = Object.values(variables);
  const decayed = weightDecay > 0 ? trained.filter((variable) => variable.rank >= 2) : [];
  return {
    step: (batch) =>
      tf.tidy(() => {
        const [x, y] = inputs(batch);
        const { value, grads } = tf.variableGrads(() => loss(x, y), trained);
        for (const matrix of decayed) matrix.assign(matrix.mul(1 - lr * weightDecay));
        optimizer.applyGradients(grads);
        return value;
      }),
    drop: (handle) => handle.dispose(),
    async finish(handle) {
      const [value] = await handle.data();
      handle.dispose();
      await trained.at(-1).data(); // parameters are updated after the loss is known
      return value;
    },
  };
}

/** Fewer ops than the library's `softmaxCrossEntropy`, which has weights and modes. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const [rows, classes] = logits.shape;
  return logits
    .logSoftmax()
    .mul(tf.oneHot(labels, classes))
    .sum()
    .mul(-1 / rows);
}

export const dense = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => x.matMul(weight).add(bias);

export { tf };
