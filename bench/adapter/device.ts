// A bare WebGPU device, and the least that probes need.
import { median } from '../common/stats';
import { READ, USAGE } from './flags';

export interface Kernel {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
}

export class Bare {
  private constructor(
    readonly device: GPUDevice,
    readonly info: GPUAdapterInfo,
  ) {}

  static async open(): Promise<Bare> {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new Error('this browser offers no WebGPU adapter');
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
    return new Bare(await adapter.requestDevice({ requiredLimits }), adapter.info);
  }

  buffer(bytes: number, usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST): GPUBuffer {
    return this.device.createBuffer({ size: bytes, usage });
  }

  kernel(code: string, ...buffers: GPUBuffer[]): Kernel {
    const module = this.device.createShaderModule({ code });
    const pipeline = this.device.createComputePipeline({ layout: 'auto', compute: { module } });
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    return {
      pipeline,
      group: this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
    };
  }

  /** One submission of what `encode` records. */
  submit(encode: (encoder: GPUCommandEncoder) => void): void {
    const encoder = this.device.createCommandEncoder();
    encode(encoder);
    this.device.queue.submit([encoder.finish()]);
  }

  /** One submission of one pass. */
  pass(encode: (pass: GPUComputePassEncoder) => void): void {
    this.submit((encoder) => {
      const pass = encoder.beginComputePass();
      encode(pass);
      pass.end();
    });
  }

  run({ pipeline, group }: Kernel, x: number, y = 1): void {
    this.pass((pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(x, y);
    });
  }

  /** Reads the first number, and so waits for all that was submitted. */
  async read(buffer: GPUBuffer): Promise<number> {
    const staging = this.buffer(4, USAGE.MAP_READ | USAGE.COPY_DST);
    this.submit((encoder) => encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4));
    await staging.mapAsync(READ);
    const value = new Float32Array(staging.getMappedRange())[0]!;
    staging.destroy();
    return value;
  }

  /** Seconds that `work` takes, without those of the read that waits for it: median and best of `times`. */
  async time(work: () => void, written: GPUBuffer, times = 5): Promise<{ median: number; best: number }> {
    const clock = async (what: () => void) => {
      const start = performance.now();
      what();
      await this.read(written);
      return (performance.now() - start) / 1000;
    };
    const repeat = async (count: number, what: () => void) => {
      const seconds: number[] = [];
      for (let i = 0; i < count; i++) seconds.push(await clock(what));
      return seconds;
    };
    await clock(work);
    const wait = median(await repeat(7, () => {}));
    const seconds = await repeat(times, work);
    return { median: median(seconds) - wait, best: Math.min(...seconds) - wait };
  }
}
