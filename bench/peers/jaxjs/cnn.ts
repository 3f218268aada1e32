import type { Params, Tensor } from '../../common/init';
import { channelsFirst, rowsChannelsFirst } from '../../common/layouts';
import type { Cnn } from '../../common/spec';
import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, floats, integers, lax, nn, np, trainer, type Value } from './library';

/** A bias that broadcasts over [channels, height, width]. */
const perChannel = ({ shape, data }: Tensor): Tensor => ({ shape: [...shape, 1, 1], data });

const converted = ({ k1, b1, k2, b2, w3, ...rest }: Params, { c2 }: Cnn): Params => ({
  k1: channelsFirst(k1!),
  b1: perChannel(b1!),
  k2: channelsFirst(k2!),
  b2: perChannel(b2!),
  w3: rowsChannelsFirst(w3!, 25, c2),
  ...rest,
});

function block(x: Value, kernel: Value, bias: Value): Value {
  const map = nn.relu(lax.convGeneralDilated(x, kernel, [1, 1], 'VALID').add(bias));
  return lax.reduceWindow(map, np.max, [2, 2], [2, 2]);
}

export const cnn: CreateTrainer<'W2'> = ({ spec, params }) =>
  trainer({
    params: converted(params, spec),
    lr: spec.lr,
    inputs: ({ x, y }) => [floats(x as Float32Array, [spec.batch, 1, 28, 28]), integers(y, [spec.batch])],
    loss(p, x, y) {
      const map = block(block(x, p.k1, p.b1), p.k2, p.b2).reshape([spec.batch, 25 * spec.c2]);
      return crossEntropy(dense(nn.relu(dense(map, p.w3, p.b3)), p.w4, p.b4), y);
    },
  });
