// wgpu cannot ask for subgroups in a browser yet (gfx-rs/wgpu#5555): what it asks an adapter for is completed here, before
// the engine starts. Nor can it tell whether a device has them: src/gpu/device.rs asks here.

/** Whether the newest device has subgroups. */
export let granted = false;

if (typeof GPUAdapter !== 'undefined') {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor = {}) {
    const extra = this.features.has('subgroups') ? ['subgroups' as GPUFeatureName] : [];
    const requiredFeatures = [...(descriptor.requiredFeatures ?? []), ...extra];
    const device = await requestDevice.call(this, { ...descriptor, requiredFeatures });
    granted = device.features.has('subgroups' as GPUFeatureName);
    return device;
  };
}
