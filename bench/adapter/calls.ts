// What calls of the API cost.
import { median } from '../common/stats';
import { UNSEEN_BYTES, unseen } from './arithmetic';
import type { Bare } from './device';

export interface Calls {
  /** µs of a dispatch after another of the same kernel. */
  dispatch: number;
  /** µs of a dispatch after one of another kernel. */
  dispatchOther: number;
  /** µs of a dispatch in its own submission. */
  submit: number;
  /** ms from a dispatch to its number read. */
  mapAsync: number;
  /** ms from the source of a kernel never seen to its first result. */
  newPipeline: number;
}

const store = (value: string) => `
@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(1) fn main() { result[0] = ${value}; }`;

export async function calls(gpu: Bare): Promise<Calls> {
  const result = gpu.buffer(64);
  const kernels = [gpu.kernel(store('1.0'), result), gpu.kernel(store('2.0'), result)] as const;
  const dispatch = (pass: GPUComputePassEncoder, which: number) => {
    const { pipeline, group } = kernels[which & 1 ? 1 : 0];
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(1);
  };
  const microseconds = async (count: number, work: () => void) =>
    ((await gpu.time(work, result)).median * 1e6) / count;
  const many = (count: number, work: (index: number) => void) => {
    for (let i = 0; i < count; i++) work(i);
  };

  const milliseconds = async (work: () => Promise<void>, times: number) => {
    const taken: number[] = [];
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      await work();
      taken.push(performance.now() - start);
    }
    return median(taken);
  };

  const costs = {
    dispatch: await microseconds(2000, () =>
      gpu.pass((pass) => {
        dispatch(pass, 0);
        many(1999, () => pass.dispatchWorkgroups(1));
      }),
    ),
    dispatchOther: await microseconds(2000, () => gpu.pass((pass) => many(2000, (i) => dispatch(pass, i)))),
    submit: await microseconds(500, () => many(500, () => gpu.run(kernels[0], 1))),
    mapAsync: await milliseconds(async () => {
      gpu.run(kernels[0], 1);
      await gpu.read(result);
    }, 30),
    newPipeline: await milliseconds(async () => {
      const written = gpu.buffer(UNSEEN_BYTES);
      gpu.run(gpu.kernel(unseen(), written), 1);
      await gpu.read(written);
      written.destroy();
    }, 5),
  };
  result.destroy();
  return costs;
}
