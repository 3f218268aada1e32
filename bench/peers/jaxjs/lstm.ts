import type { Lstm } from '../../common/spec';
import type { CreateTrainer } from '../../common/train';
import { crossEntropy, dense, floats, integers, nn, np, trainer, type Loss } from './library';

function loss({ batch, steps, hidden: width }: Lstm): Loss {
  return (p, x, y) => {
    let hidden = np.zeros([batch, width]);
    let cell = np.zeros([batch, width]);
    for (let step = 0; step < steps; step++) {
      const last = step === steps - 1;
      const use = last ? (value: typeof x) => value : (value: typeof x) => value.ref;
      const row = use(x).slice([], step, []);
      const gates = np
        .dot(row, use(p.wx))
        .add(np.dot(hidden, use(p.wh)))
        .add(use(p.b));
      const [input, forget, fresh, output] = np.split(gates, 4, 1);
      cell = nn
        .sigmoid(forget)
        .mul(cell)
        .add(nn.sigmoid(input).mul(np.tanh(fresh)));
      hidden = nn.sigmoid(output).mul(np.tanh(use(cell)));
    }
    return crossEntropy(dense(hidden, p.wy, p.by), y);
  };
}

export const lstm: CreateTrainer<'W5'> = ({ spec, params }) =>
  trainer({
    params,
    lr: spec.lr,
    inputs: ({ x, y }) => [
      floats(x as Float32Array, [spec.batch, spec.steps, spec.inputs]),
      integers(y, [spec.batch]),
    ],
    loss: loss(spec),
  });
