// The engine for benchmarks: `window.bench(workload, options)`, here on the main thread, where every WebGPU call can be
// counted. `?device=cpu` takes the CPU engine.
import { exposeBench } from '../bench/common/driver';
import { engineOrder } from '../bench/common/layouts';
import type { TrainingWorkload } from '../bench/common/spec';
import type { CreateTrainer, Planned } from '../bench/common/train';
import { askEarly } from './early';
import { BenchDevice, BenchGemm, BenchTraining } from './pkg/trainyard';
import { team } from './team';
import { start } from './wasm';

const device = new URLSearchParams(location.search).get('device') ?? 'gpu';
// Begins at once; what fails here is reported by the first call.
const opened = start().then(() => BenchDevice.open(device));
opened.catch(() => {});
if (device === 'gpu') askEarly();

function trainer<W extends TrainingWorkload>(workload: W): CreateTrainer<W> {
  return async ({ params }) => {
    const training = await BenchTraining.create(workload, await opened);
    training.set_parameters(engineOrder(workload, params));
    return {
      step({ x, y }) {
        const full = x instanceof Float32Array ? training.stage_images(x, y) : training.stage_text(x, y);
        return full ? training.flush() : undefined;
      },
      finish: () => training.finish(),
      planned: () => JSON.parse(training.planned()) as Planned[],
    };
  };
}

exposeBench({
  W1: trainer('W1'),
  W2: trainer('W2'),
  W3: trainer('W3'),
  W4: async (n, a, c) => {
    const gemm = await BenchGemm.create(n, a, c, await opened);
    let first = true;
    return {
      step: () => gemm.step(),
      async finish() {
        // Helpers that the first product has started: a page that computes without a pause would never let them in.
        if (!first) await team?.settled();
        first = false;
        const row = await gemm.finish();
        return row.reduce((sum, value) => sum + Math.abs(value), 0);
      },
      dispose: () => gemm.free(),
      get kernel() {
        return team?.shared ? `${team.threads} threads` : undefined;
      },
    };
  },
  W5: trainer('W5'),
});
