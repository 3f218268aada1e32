// Browsers take a tenth of a second to find an adapter and a device: they are asked for while the engine is still on its
// way, which gets them when it asks.
let early: Promise<GPUAdapter | null> | undefined;

/** Asks for what the engine will ask for, once. */
export const askEarly = () => {
  if (early || typeof GPU === 'undefined') return;
  const { requestAdapter } = GPU.prototype;
  early = openEarly();
  early.catch(() => {}); // heard of by the engine
  GPU.prototype.requestAdapter = function () {
    // An adapter is good for one device.
    GPU.prototype.requestAdapter = requestAdapter;
    return early!;
  };
};

/** As src/gpu/device.rs: the fastest adapter, and of it a device with WebGPU's default limits. */
async function openEarly(): Promise<GPUAdapter | null> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter) {
    const device = adapter.requestDevice({ label: 'trainyard' });
    device.catch(() => {}); // heard of by the engine, too
    adapter.requestDevice = () => device;
  }
  return adapter;
}
