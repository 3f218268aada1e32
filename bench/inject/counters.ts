// Put before a page's first script: wraps WebGPU's prototypes and counts the calls. WebAssembly calls the same
// prototypes, so every library is counted alike, as long as it runs on the page's own thread.
import type { Counters } from '../common/counters';

type Call = (this: unknown, ...given: any[]) => unknown;

function install(): Counters {
  const n: Record<string, number> = {};
  const counters: Counters = { n, liveBytes: 0, peakBytes: 0 };
  const add = (name: string, amount = 1) => (n[name] = (n[name] ?? 0) + amount);

  /** Lets `before` see every call of a method. */
  function watch(owner: { prototype: object }, method: string, before: (...given: any[]) => void): void {
    const methods = owner.prototype as Record<string, Call | undefined>;
    const original = methods[method];
    if (!original) return;
    methods[method] = function (...given) {
      before(...given);
      return original.apply(this, given);
    };
  }
  /** Counts the calls of methods, each under a name. */
  function count(owner: { prototype: object }, names: Record<string, string>): void {
    for (const [method, name] of Object.entries(names)) {
      add(name, 0);
      watch(owner, method, () => add(name));
    }
  }

  count(GPUComputePassEncoder, {
    dispatchWorkgroups: 'dispatch',
    dispatchWorkgroupsIndirect: 'dispatch',
    setBindGroup: 'setBindGroup',
    setPipeline: 'setPipeline',
  });
  count(GPUCommandEncoder, {
    beginComputePass: 'computePass',
    copyBufferToBuffer: 'copyBuffer',
    clearBuffer: 'clearBuffer',
  });
  count(GPUQueue, { submit: 'submit', writeBuffer: 'writeBuffer' });
  count(GPUDevice, {
    createBindGroup: 'bindGroup',
    createBuffer: 'createBuffer',
    createShaderModule: 'shaderModule',
    createComputePipeline: 'pipeline',
    createComputePipelineAsync: 'pipelineAsync',
  });
  count(GPUBuffer, { mapAsync: 'mapAsync', destroy: 'destroyBuffer' });

  add('commandBuffer', 0);
  watch(GPUQueue, 'submit', (list: ArrayLike<unknown>) => add('commandBuffer', list.length));
  add('writeBytes', 0);
  watch(
    GPUQueue,
    'writeBuffer',
    (_buffer, _to, data: ArrayBufferView & { BYTES_PER_ELEMENT?: number }, from = 0, size?: number) => {
      // Offset and size count elements of a typed array, bytes of anything else.
      const unit = data.BYTES_PER_ELEMENT ?? 1;
      add('writeBytes', size === undefined ? data.byteLength - from * unit : size * unit);
    },
  );

  watchBuffers(counters, add);
  return counters;
}

/** Counts bytes, and what of them is alive. */
function watchBuffers(counters: Counters, add: (name: string, amount?: number) => unknown): void {
  interface Life {
    bytes: number;
    over: boolean;
  }
  const lives = new WeakMap<object, Life>();
  const end = (life: Life) => {
    if (!life.over) counters.liveBytes -= life.bytes;
    life.over = true;
  };
  // A buffer that nobody destroys is freed when the collector finds it: late, so that a leak counts at its worst.
  const collected = new FinalizationRegistry(end);

  const { createBuffer } = GPUDevice.prototype;
  add('bufferBytes', 0);
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const life = { bytes: descriptor.size, over: false };
    add('bufferBytes', life.bytes);
    counters.liveBytes += life.bytes;
    counters.peakBytes = Math.max(counters.peakBytes, counters.liveBytes);
    lives.set(buffer, life);
    collected.register(buffer, life);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    const life = lives.get(this);
    if (life) end(life);
    return destroy.call(this);
  };
}

if (typeof GPUDevice !== 'undefined') window.__gpuCounters ??= install();
