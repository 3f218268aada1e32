// Browsers take a tenth of a second to find an adapter: it is asked for while the engine is still on its way, which gets
// it when it asks.
let early: Promise<GPUAdapter | null> | undefined;

/** Asks for the adapter that the engine will ask for, once. */
export const askEarly = () => {
  if (early || typeof GPU === 'undefined') return;
  const { requestAdapter } = GPU.prototype;
  // As src/gpu/device.rs.
  early = navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  early.catch(() => {}); // heard of by the engine
  GPU.prototype.requestAdapter = function () {
    // An adapter is good for one device.
    GPU.prototype.requestAdapter = requestAdapter;
    return early!;
  };
};
