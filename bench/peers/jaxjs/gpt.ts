import type { Gpt } from '../../common/spec';
import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, integers, lax, nn, np, trainer, type Loss, type Value } from './library';

const norm = (x: Value, gain: Value, bias: Value): Value => nn.standardize(x, -1).mul(gain).add(bias);

function loss({ batch, ctx, dim, heads, layers, vocab }: Gpt): Loss {
  const split = (x: Value): Value => x.reshape([batch, ctx, heads, dim / heads]);
  return (p, x, y) => {
    // One-hot times table, as in the library's own demo: its gradient of `take` fails inside `jit`.
    const tokens = np.dot(lax.stopGradient(nn.oneHot(x, vocab)), p.wte);
    let h = tokens.reshape([batch, ctx, dim]).add(p.wpe);
    for (let index = 0; index < layers; index++) {
      const layer = (name: string) => p[`l${index}_${name}`];
      const qkv = dense(norm(h.ref, layer('g1'), layer('b1')), layer('wqkv'), layer('bqkv'));
      const [query, key, value] = np.split(qkv, 3, -1).map(split);
      const mixed = nn.dotProductAttention(query, key, value, { isCausal: true }).reshape([batch, ctx, dim]);
      h = h.add(dense(mixed, layer('wo'), layer('bo')));
      const wide = nn.gelu(dense(norm(h.ref, layer('g2'), layer('b2')), layer('wfc'), layer('bfc')));
      h = h.add(dense(wide, layer('wpr'), layer('bpr')));
    }
    return crossEntropy(np.dot(norm(h, p.gf, p.bf), p.head).reshape([batch * ctx, vocab]), y);
  };
}

export const gpt: CreateTrainer<'W3'> = ({ spec, params }) => {
  const tokens = spec.batch * spec.ctx;
  return trainer({
    params,
    lr: spec.lr,
    weightDecay: spec.weightDecay,
    inputs: ({ x, y }) => [integers(x as Int32Array, [tokens]), integers(y, [tokens])],
    loss: loss(spec),
  });
};
