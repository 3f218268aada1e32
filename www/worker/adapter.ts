import type { DeviceChoice, DeviceInfo, Webgpu } from '../protocol';

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/** The engine's own reason is English prose; the page wants a case that it has a sentence for. */
export async function whyThisDevice(info: DeviceInfo, asked: DeviceChoice): Promise<Webgpu> {
  if (info.device === 'gpu') return info.software ? 'software' : 'available';
  if (asked === 'cpu') return 'not-asked';
  const gpu = (navigator as { gpu?: Gpu }).gpu;
  if (!gpu) return 'no-api';
  const adapter = await gpu.requestAdapter().catch(() => null);
  return adapter ? 'software' : 'no-adapter';
}
