import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, tf, trainer, variables } from './library';

export const mlp: CreateTrainer<'W1'> = ({ spec, params }) => {
  const v = variables(params);
  return trainer({
    variables: v,
    lr: spec.lr,
    inputs: ({ x, y }) => [tf.tensor2d(x, [spec.batch, spec.sizes[0]]), tf.tensor1d(y, 'int32')],
    loss: (x, y) => crossEntropy(dense(dense(x, v.w1, v.b1).relu(), v.w2, v.b2), y),
  });
};
