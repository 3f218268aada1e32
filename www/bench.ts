// The engine for benchmarks: `window.bench(workload, options)`, here on the main thread, where every WebGPU call can be
// counted. `?device=cpu` takes the CPU engine.
import { exposeBench } from '../bench/common/driver';
import type { Params, Tensor } from '../bench/common/init';
import { channelsFirst, rowsChannelsFirst } from '../bench/common/layouts';
import type { TrainingWorkload } from '../bench/common/spec';
import type { CreateTrainer } from '../bench/common/train';
import './subgroups';
import init, { BenchDevice, BenchGemm, BenchTraining } from './pkg/trainyard';

const device = new URLSearchParams(location.search).get('device') ?? 'gpu';
// Begins at once; what fails here is reported by the first call.
const opened = init().then(() => BenchDevice.open(device));
opened.catch(() => {});

/** The parameters in our order and layouts. */
const ORDER: Record<TrainingWorkload, (params: Params) => Tensor[]> = {
  W1: (p) => Object.values(p),
  W2: ({ k1, b1, k2, b2, w3, ...rest }) => [
    channelsFirst(k1!),
    b1!,
    channelsFirst(k2!),
    b2!,
    rowsChannelsFirst(w3!, 25, k2!.shape[3]!),
    ...Object.values(rest),
  ],
  W3: (p) => Object.values(p),
  // PyTorch's second bias stays at 0.
  W5: ({ wx, wh, b, ...rest }) => [
    wx!,
    wh!,
    b!,
    { shape: b!.shape, data: new Float32Array(b!.data.length) },
    ...Object.values(rest),
  ],
};

function flat(tensors: Tensor[]): Float32Array {
  const all = new Float32Array(tensors.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of tensors) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}

function trainer<W extends TrainingWorkload>(workload: W): CreateTrainer<W> {
  return async ({ params }) => {
    const training = await BenchTraining.create(workload, await opened);
    training.set_parameters(flat(ORDER[workload](params)));
    return {
      step({ x, y }) {
        const full = x instanceof Float32Array ? training.stage_images(x, y) : training.stage_text(x, y);
        return full ? training.flush() : undefined;
      },
      finish: () => training.finish(),
    };
  };
}

exposeBench({
  W1: trainer('W1'),
  W2: trainer('W2'),
  W3: trainer('W3'),
  W4: async (n, a, c) => {
    const gemm = await BenchGemm.create(n, a, c, await opened);
    return {
      step: () => gemm.step(),
      async finish() {
        const row = await gemm.finish();
        return row.reduce((sum, value) => sum + Math.abs(value), 0);
      },
      dispose: () => gemm.free(),
    };
  },
  W5: trainer('W5'),
});
