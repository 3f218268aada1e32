// Who takes part. A peer's page is bundled from bench/peers; ours is part of the built site.

export type Engine = 'gpu' | 'cpu';

interface About {
  engine: Engine;
  /** As tables name it. */
  title: string;
}

export interface Peer extends About {
  /** The page's script, below bench/. */
  entry: string;
  /** What is measured, for its version. */
  package: string;
  /** A package's folder with .wasm files to be served beside the script, and the one that this browser takes. */
  wasm?: { package: string; folder: string; taken: string };
}

export interface Ours extends About {
  /** The page, below dist/. */
  page: string;
  /** Whether it is served with the headers that let threads share memory, as the peers are. */
  isolated: boolean;
}

/** A page that computes nothing: its first step is the soonest that anybody's can be. */
export interface Nothing extends About {
  entry: string;
  nothing: true;
}

export type Library = Peer | Ours | Nothing;

export const isOurs = (library: Library): library is Ours => 'page' in library;
export const isNothing = (library: Library): library is Nothing => 'nothing' in library;

export const LIBRARIES: Record<string, Library> = {
  ours: { engine: 'gpu', title: 'Trainyard, GPU engine', page: 'bench.html?device=gpu', isolated: true },
  'jaxjs-webgpu': {
    engine: 'gpu',
    title: 'jax-js, WebGPU, whole step jitted',
    entry: 'peers/jaxjs/webgpu.ts',
    package: '@jax-js/jax',
  },
  'tfjs-webgpu': {
    engine: 'gpu',
    title: 'TensorFlow.js, WebGPU',
    entry: 'peers/tfjs/webgpu.ts',
    package: '@tensorflow/tfjs-core',
  },
  'ours-cpu': {
    engine: 'cpu',
    title: 'Trainyard, CPU engine',
    page: 'bench.html?device=cpu',
    isolated: true,
  },
  'ours-cpu-alone': {
    engine: 'cpu',
    title: 'Trainyard, CPU engine, no shared memory',
    page: 'bench.html?device=cpu',
    isolated: false,
  },
  'jaxjs-wasm': {
    engine: 'cpu',
    title: 'jax-js, WASM',
    entry: 'peers/jaxjs/wasm.ts',
    package: '@jax-js/jax',
  },
  'tfjs-wasm': {
    engine: 'cpu',
    title: 'TensorFlow.js, WASM',
    entry: 'peers/tfjs/wasm.ts',
    package: '@tensorflow/tfjs-core',
    wasm: { package: '@tensorflow/tfjs-backend-wasm', folder: 'dist', taken: 'threaded-simd' },
  },
  'nothing-webgpu': {
    engine: 'gpu',
    title: 'no library, only a device',
    entry: 'peers/nothing/webgpu.ts',
    nothing: true,
  },
  'nothing-cpu': { engine: 'cpu', title: 'no library', entry: 'peers/nothing/cpu.ts', nothing: true },
};

/** The page without a library that measures the adapter. */
export const ADAPTER_ENTRY = 'adapter/page.ts';
