// What the page and the worker say to each other. Nothing else crosses that border.

export type DeviceChoice = 'auto' | 'gpu' | 'cpu';

/** Why training runs where it runs; the page has a sentence for each. */
export type Webgpu = 'available' | 'no-api' | 'no-adapter' | 'software' | 'not-asked';

/** `Session.info()` of the engine. */
export interface DeviceInfo {
  device: 'gpu' | 'cpu';
  adapter: string;
  software: boolean;
  reason: string | null;
  parameters: number;
  dispatches_per_step: number;
  gpu_bytes: number;
  flops_per_step: number;
}

export interface Layer {
  path: string;
  type: string;
  output_shape: number[];
  parameters: number;
}

/** `inspect_experiment()` of the engine. */
export interface Inspection {
  name: string;
  parameters: number;
  layers: Layer[];
}

export interface Load {
  experiment: string;
  device: DeviceChoice;
  seed: number;
  learningRate: number;
}

export interface Loaded {
  info: DeviceInfo;
  webgpu: Webgpu;
  inspection: Inspection;
  batchSize: number;
  epochs: number;
}

export interface Miss {
  index: number;
  label: number;
  predicted: number;
  probability: number;
  pixels: Uint8Array;
}

/** What the network makes of the first `count` test images. */
export interface Review {
  count: number;
  wrong: number;
  /** Row: the label; column: the prediction. */
  confusion: number[][];
  /** The most confident mistakes first. */
  misses: Miss[];
}

/** Requests that are answered. */
export interface Calls {
  /** Seed and learning rate as set on the page, which may differ from the experiment's. */
  load: { args: Load; result: Loaded };
  inspect: { args: { experiment: string }; result: Inspection };
  review: { args: object; result: Review };
}
export type CallName = keyof Calls;

export type Call = { [K in CallName]: { type: K; id: number } & Calls[K]['args'] }[CallName];

/** Requests whose effect shows in the events that follow. */
export type Command =
  /** The worker's own address says nothing about where the data is. */
  | { type: 'fetch-data'; base: string }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'step' }
  | { type: 'reset'; seed: number }
  | { type: 'learning-rate'; value: number }
  | { type: 'draw'; rgba: Uint8ClampedArray; width: number; height: number }
  | { type: 'clear-drawing' };

export type Phase =
  'loading' | 'ready' | 'waiting' | 'training' | 'paused' | 'finished' | 'diverged' | 'failed';

export type Event =
  | { type: 'data'; train: number; trainTotal: number; test: number; testTotal: number }
  | { type: 'data-failed'; message: string }
  /** The first images of a split, to look at. */
  | { type: 'images'; split: 'train' | 'test'; pixels: Uint8Array; labels: Uint8Array }
  /** A fresh network: everything measured so far belongs to the previous one. */
  | { type: 'fresh' }
  | { type: 'phase'; phase: Phase; step: number }
  | {
      type: 'tick';
      /** Flat [step, loss, accuracy, …] of the steps finished since the last tick. */
      points: Float32Array;
      step: number;
      stepsPerEpoch: number;
      targetEpochs: number;
      /** Over the last seconds of training; null before there are any. */
      stepsPerSecond: number | null;
      trainingSeconds: number;
    }
  | { type: 'validation'; step: number; loss: number; accuracy: number; count: number; epochEnd: boolean }
  /** Probabilities, 10 for each of the test digits on the page. */
  | { type: 'test-digits'; probabilities: Float32Array }
  /** What the network sees of the drawing and makes of it; both empty without ink. */
  | { type: 'drawing'; pixels: Float32Array; probabilities: Float32Array }
  | { type: 'failed'; message: string };

export type Answer =
  | { type: 'answer'; id: number; ok: true; result: unknown }
  | { type: 'answer'; id: number; ok: false; message: string };

export type ToWorker = Call | Command;
export type FromWorker = Event | Answer;

export const CLASSES = 10;
export const PIXELS = 28 * 28;
/** How many training images the gallery and test digits the grid show. */
export const GALLERY = 60;
export const TEST_DIGITS = 25;
