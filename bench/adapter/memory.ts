// What moving bytes costs.
import type { Bare } from './device';

export interface Bandwidth {
  /** GB/s, read and written. */
  copyKernel: number;
  /** GB/s, read and written. */
  copyBuffer: number;
  /** GB/s, written. */
  writeBuffer: number;
}

const BYTES = 128 << 20;
const UPLOAD = 16 << 20;

export async function bandwidth(gpu: Bare): Promise<Bandwidth> {
  const vectors = BYTES / 16;
  const from = gpu.buffer(BYTES);
  const to = gpu.buffer(BYTES);
  const upload = new Uint8Array(UPLOAD).fill(1);
  const fill = () => {
    for (let at = 0; at < BYTES; at += UPLOAD) gpu.device.queue.writeBuffer(from, at, upload);
  };
  fill(); // pages that were never written may all be one page of zeros

  const copy = gpu.kernel(
    `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4f>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256u + id.x;
  if (i < ${vectors}u) { copy[i] = source[i]; }
}`,
    from,
    to,
  );
  const groups = vectors / 256;
  const width = Math.min(groups, 32_768);
  const kernel = await gpu.time(() => gpu.run(copy, width, groups / width), to);
  const buffer = await gpu.time(
    () => gpu.submit((encoder) => encoder.copyBufferToBuffer(from, 0, to, 0, BYTES)),
    to,
  );
  const write = await gpu.time(fill, from);
  from.destroy();
  to.destroy();
  const rate = (bytes: number, seconds: number) => bytes / seconds / 1e9;
  return {
    copyKernel: rate(2 * BYTES, kernel.median),
    copyBuffer: rate(2 * BYTES, buffer.median),
    writeBuffer: rate(BYTES, write.median),
  };
}
