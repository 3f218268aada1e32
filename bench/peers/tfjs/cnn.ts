import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, tf, trainer, variables, type Tensor } from './library';

const block = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
  tf.maxPool(tf.conv2d(x, kernel, 1, 'valid').add(bias).relu(), 2, 2, 'valid');

export const cnn: CreateTrainer<'W2'> = ({ spec, params }) => {
  const v = variables(params);
  return trainer({
    variables: v,
    lr: spec.lr,
    inputs: ({ x, y }) => [tf.tensor4d(x, [spec.batch, 28, 28, 1]), tf.tensor1d(y, 'int32')],
    loss(x, y) {
      const map = block(block(x, v.k1, v.b1), v.k2, v.b2);
      const hidden = dense(map.reshape([spec.batch, 25 * spec.c2]), v.w3, v.b3).relu();
      return crossEntropy(dense(hidden, v.w4, v.b4), y);
    },
  });
};
