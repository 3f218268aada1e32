import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, tf, trainer, variables } from './library';

export const lstm: CreateTrainer<'W5'> = ({ spec, params }) => {
  const v = variables(params);
  return trainer({
    variables: v,
    lr: spec.lr,
    inputs: ({ x, y }) => [tf.tensor3d(x, [spec.batch, spec.steps, spec.inputs]), tf.tensor1d(y, 'int32')],
    loss(x, y) {
      let hidden = tf.zeros([spec.batch, spec.hidden]);
      let cell = tf.zeros([spec.batch, spec.hidden]);
      for (const row of tf.unstack(x, 1)) {
        const gates = row.matMul(v.wx).add(hidden.matMul(v.wh)).add(v.b);
        const [input, forget, fresh, output] = tf.split(gates, 4, 1);
        cell = forget.sigmoid().mul(cell).add(input.sigmoid().mul(fresh.tanh()));
        hidden = output.sigmoid().mul(cell.tanh());
      }
      return crossEntropy(dense(hidden, v.wy, v.by), y);
    },
  });
};
