// What the adapter can do at best, without any library.
import { multiplyAdd, type Ceiling } from './arithmetic';
import { calls, type Calls } from './calls';
import { Bare } from './device';
import { bandwidth, type Bandwidth } from './memory';

export interface AdapterResult {
  vendor: string;
  architecture: string;
  description: string;
  /** Whether it is a CPU in disguise. */
  software: boolean;
  ceiling: Ceiling;
  bandwidth: Bandwidth;
  calls: Calls;
}

declare global {
  interface Window {
    probeAdapter?: () => Promise<AdapterResult>;
  }
}

window.probeAdapter = async () => {
  const gpu = await Bare.open();
  const { vendor, architecture, description, isFallbackAdapter } = gpu.info;
  const named = `${vendor} ${architecture} ${description}`.toLowerCase();
  return {
    vendor,
    architecture,
    description,
    software: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/.test(named),
    ceiling: await multiplyAdd(gpu),
    bandwidth: await bandwidth(gpu),
    calls: await calls(gpu),
  };
};
