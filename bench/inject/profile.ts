// Put before a page's first script: times every dispatch by itself, with timestamp queries. A pass that a page encodes
// becomes one pass for each dispatch, so what overlapped no longer does: for shares and rates, not for steps per second.
import { READ, USAGE } from '../adapter/flags';

/** A dispatch: its pipeline's label, and how long it took. */
export interface Timed {
  label: string;
  nanoseconds: number;
}

export interface Profile {
  /** All dispatches so far, in order, once their times have arrived. */
  dispatches(): Promise<Timed[]>;
}

declare global {
  interface Window {
    __profile?: Profile;
  }
}

/** The most queries that a set may have. */
const QUERIES = 4096;

/** What a page has set in a pass, to be set again for each of its dispatches. */
interface Pass {
  encoder: Encoding;
  pipeline?: GPUComputePipeline;
  groups: Map<number, unknown[]>;
}

/** The sets of one command encoder, and whose times are in them. */
interface Encoding {
  encoder: GPUCommandEncoder;
  sets: GPUQuerySet[];
  labels: string[];
}

interface Sets {
  buffer: GPUBuffer;
  labels: string[];
}

function install(): Profile {
  const labels = new WeakMap<object, string>();
  const devices = new WeakMap<object, GPUDevice>();
  const encodings = new WeakMap<object, Encoding>();
  const passes = new WeakMap<object, Pass>();
  const finished = new WeakMap<object, Sets>();
  const arriving: Promise<Timed[]>[] = [];

  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    const requiredFeatures = new Set([...(descriptor.requiredFeatures ?? []), 'timestamp-query' as const]);
    return requestDevice.call(this, { ...descriptor, requiredFeatures: [...requiredFeatures] });
  };

  const device = GPUDevice.prototype;
  const { createComputePipeline, createComputePipelineAsync, createCommandEncoder } = device;
  const name = (pipeline: GPUComputePipeline, { label, compute }: GPUComputePipelineDescriptor) => {
    labels.set(pipeline, label || compute.module.label || 'unnamed');
    return pipeline;
  };
  device.createComputePipeline = function (descriptor) {
    return name(createComputePipeline.call(this, descriptor), descriptor);
  };
  device.createComputePipelineAsync = async function (descriptor) {
    return name(await createComputePipelineAsync.call(this, descriptor), descriptor);
  };
  device.createCommandEncoder = function (descriptor) {
    const encoder = createCommandEncoder.call(this, descriptor);
    devices.set(encoder, this);
    encodings.set(encoder, { encoder, sets: [], labels: [] });
    return encoder;
  };

  const commands = GPUCommandEncoder.prototype;
  const { beginComputePass, finish } = commands;
  const pass = GPUComputePassEncoder.prototype;
  const { setPipeline, setBindGroup, dispatchWorkgroups, end } = pass;

  commands.beginComputePass = function (descriptor) {
    const handle = beginComputePass.call(this, descriptor);
    end.call(handle); // it only stands for what the page asks of it
    passes.set(handle, { encoder: encodings.get(this)!, groups: new Map() });
    return handle;
  };
  pass.setPipeline = function (pipeline) {
    passes.get(this)!.pipeline = pipeline;
  };
  pass.setBindGroup = function (this: object, index: number, ...group: unknown[]) {
    // Offsets may come as a part of the page's memory, which it uses again.
    passes.get(this)!.groups.set(
      index,
      group.map((part) => (part instanceof Uint32Array ? part.slice() : part)),
    );
  } as typeof setBindGroup;
  pass.end = () => {};
  pass.dispatchWorkgroups = function (...size) {
    const { encoder: encoding, pipeline, groups } = passes.get(this)!;
    const { encoder, sets } = encoding;
    const place = (encoding.labels.length * 2) % QUERIES;
    if (place === 0) sets.push(devices.get(encoder)!.createQuerySet({ type: 'timestamp', count: QUERIES }));
    const timestampWrites = {
      querySet: sets.at(-1)!,
      beginningOfPassWriteIndex: place,
      endOfPassWriteIndex: place + 1,
    };
    const own = beginComputePass.call(encoder, { timestampWrites });
    setPipeline.call(own, pipeline!);
    for (const [index, group] of groups)
      (setBindGroup as (...given: unknown[]) => void).call(own, index, ...group);
    dispatchWorkgroups.apply(own, size);
    end.call(own);
    encoding.labels.push(labels.get(pipeline!)!);
  };

  commands.finish = function (descriptor) {
    const { sets, labels } = encodings.get(this)!;
    let buffer: GPUBuffer | undefined;
    if (labels.length) {
      const owner = devices.get(this)!;
      const bytes = sets.length * QUERIES * 8;
      const resolved = owner.createBuffer({
        size: bytes,
        usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC,
      });
      buffer = owner.createBuffer({ size: bytes, usage: USAGE.MAP_READ | USAGE.COPY_DST });
      for (const [i, set] of sets.entries()) {
        const count = Math.min(QUERIES, labels.length * 2 - i * QUERIES);
        this.resolveQuerySet(set, 0, count, resolved, i * QUERIES * 8);
      }
      this.copyBufferToBuffer(resolved, 0, buffer, 0, bytes);
    }
    const done = finish.call(this, descriptor);
    if (buffer) finished.set(done, { buffer, labels });
    return done;
  };

  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (list) {
    const buffers = [...list];
    submit.call(this, buffers);
    for (const one of buffers) {
      const sets = finished.get(one);
      if (sets) arriving.push(read(sets));
    }
  };
  return { dispatches: async () => (await Promise.all(arriving)).flat() };
}

async function read({ buffer, labels }: Sets): Promise<Timed[]> {
  await buffer.mapAsync(READ);
  const times = new BigUint64Array(buffer.getMappedRange().slice(0));
  buffer.destroy();
  return labels.map((label, i) => ({ label, nanoseconds: Number(times[2 * i + 1]! - times[2 * i]!) }));
}

if (typeof GPUDevice !== 'undefined') window.__profile ??= install();
