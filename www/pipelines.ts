// wgpu makes pipelines by the call that a browser's GPU process answers with nothing else done meanwhile, one after the
// other. It gets promises of them instead: browsers compile those in threads of their own, several at once where the
// driver can. src/gpu/executor.rs waits before it encodes.
import { granted } from './subgroups';

/** Pipelines that were promised, by what wgpu was given for them. */
const kept = new WeakMap<object, GPUComputePipeline>();
const promised = new Set<Promise<void>>();

if (typeof GPUDevice !== 'undefined') {
  GPUDevice.prototype.createComputePipeline = function (descriptor) {
    // wgpu asks it for nothing: layouts are given, not derived.
    const given = {} as GPUComputePipeline;
    const lost = this.lost.then(({ message }) => Promise.reject(new Error(message)));
    const promise = Promise.race([this.createComputePipelineAsync(descriptor), lost]).then((pipeline) => {
      kept.set(given, pipeline);
    });
    promised.add(promise);
    const done = () => promised.delete(promise);
    promise.then(done, done); // who waits hears of errors
    return given;
  };

  const { setPipeline } = GPUComputePassEncoder.prototype;
  GPUComputePassEncoder.prototype.setPipeline = function (pipeline) {
    return setPipeline.call(this, kept.get(pipeline) ?? pipeline);
  };
}

/** What the engine asks of the browser's GPU beside wgpu. */
export const pipelines = {
  /** Whether the newest device has subgroups. */
  get subgroups(): boolean {
    return granted;
  },

  /** Waits for every pipeline asked for so far. Fails with what is wrong with the first that cannot be. */
  async compiled(): Promise<void> {
    await Promise.all(promised);
  },
};
