import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, floats, integers, nn, trainer } from './library';

export const mlp: CreateTrainer<'W1'> = ({ spec, params }) =>
  trainer({
    params,
    lr: spec.lr,
    inputs: ({ x, y }) => [floats(x as Float32Array, [spec.batch, spec.sizes[0]]), integers(y, [spec.batch])],
    loss: (p, x, y) => crossEntropy(dense(nn.relu(dense(x, p.w1, p.b1)), p.w2, p.b2), y),
  });
