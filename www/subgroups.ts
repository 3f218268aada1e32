// wgpu cannot ask for subgroups in a browser yet (gfx-rs/wgpu#5555): what it asks an adapter for is completed here, before
// the engine starts. src/gpu/device.rs finds out whether it worked.
if (typeof GPUAdapter !== 'undefined') {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    const extra = this.features.has('subgroups') ? ['subgroups' as GPUFeatureName] : [];
    const requiredFeatures = [...(descriptor.requiredFeatures ?? []), ...extra];
    return requestDevice.call(this, { ...descriptor, requiredFeatures });
  };
}
