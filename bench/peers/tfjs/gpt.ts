import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, tf, trainer, variables, type Tensor } from './library';

function norm(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const centred = x.sub(x.mean(-1, true));
  const variance = centred.square().mean(-1, true);
  return centred.mul(variance.add(1e-5).rsqrt()).mul(gain).add(bias);
}

function gelu(x: Tensor): Tensor {
  const inner = x.add(x.square().mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(inner.tanh().add(1));
}

export const gpt: CreateTrainer<'W3'> = ({ spec, params }) => {
  const { batch, ctx, dim, heads } = spec;
  const width = dim / heads;
  const v = variables(params);
  /** 0 where a token may look, a huge negative number where it may not. */
  const mask = tf.tidy(() =>
    tf.linalg
      .bandPart(tf.ones([ctx, ctx]), -1, 0)
      .sub(1)
      .mul(1e9),
  );
  const split = (x: Tensor): Tensor => x.reshape([batch, ctx, heads, width]).transpose([0, 2, 1, 3]);

  function attention(x: Tensor, layer: (name: string) => Tensor): Tensor {
    const [query, key, value] = tf.split(dense(x, layer('wqkv'), layer('bqkv')), 3, 1).map(split);
    const weights = tf
      .matMul(query, key, false, true)
      .mul(1 / Math.sqrt(width))
      .add(mask)
      .softmax();
    const mixed = tf
      .matMul(weights, value)
      .transpose([0, 2, 1, 3])
      .reshape([batch * ctx, dim]);
    return dense(mixed, layer('wo'), layer('bo'));
  }

  return trainer({
    variables: v,
    lr: spec.lr,
    weightDecay: spec.weightDecay,
    inputs: ({ x, y }) => [tf.tensor1d(x, 'int32'), tf.tensor1d(y, 'int32')],
    loss(x, y) {
      let h = tf
        .gather(v.wte, x)
        .reshape([batch, ctx, dim])
        .add(v.wpe)
        .reshape([batch * ctx, dim]);
      for (let index = 0; index < spec.layers; index++) {
        const layer = (name: string) => v[`l${index}_${name}`];
        h = h.add(attention(norm(h, layer('g1'), layer('b1')), layer));
        const wide = gelu(dense(norm(h, layer('g2'), layer('b2')), layer('wfc'), layer('bfc')));
        h = h.add(dense(wide, layer('wpr'), layer('bpr')));
      }
      return crossEntropy(norm(h, v.gf, v.bf).matMul(v.head), y);
    },
  });
};
