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
  /** What a step measures, phase by phase: the order of a tick's values. */
  phases: { name: string; measures: Measure[] }[];
  /** The samples that validate. */
  validation: { split: Split; from: number; count: number };
  /** Samples of an epoch. */
  trained: number;
  batch_size: number;
  epochs: number;
  /** Epochs without a better validation loss that end a run; null: it goes to its end. */
  patience: number | null;
}

export type Split = 'train' | 'test';

export interface Measure {
  name: string;
  /** In the loss that is minimised; 0: it is only looked at. */
  weight: number;
}

export interface Column {
  content: 'pixels' | 'numbers' | 'classes';
  count?: number;
  shape: number[];
  /** Of the classes or tokens. */
  names?: string[];
}

/** What a data set is. */
export interface About {
  x: Column;
  y: Column | null;
  counts: [train: number, test: number];
  /** Text: its tokens are counted one by one. */
  stream: boolean;
  padding: number | null;
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
  about: About;
  /** Of what the network says; 0 where it says numbers. */
  classes: number;
}

export interface Load {
  experiment: string;
  /** Where the folder `data/` is: the worker's own address does not say. */
  base: string;
  device: DeviceChoice;
  seed: number;
  learningRate: number;
  /** What an earlier visit has found about kernels, empty if nothing; null: kernels are not to be timed. */
  tuning: string | null;
}

export interface Loaded {
  info: DeviceInfo;
  webgpu: Webgpu;
  inspection: Inspection;
}

export interface Miss {
  index: number;
  label: number;
  predicted: number;
  probability: number;
  /** The sample's bytes. */
  x: Uint8Array;
}

/** What a classifier makes of the first `count` test samples. */
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
  inspect: { args: { experiment: string; base: string }; result: Inspection };
  /** For so many milliseconds, at least about. */
  review: { args: { budget: number }; result: Review };
  /** Outputs for the first test samples. */
  'predict-test': { args: { count: number }; result: Float32Array };
  /** Probabilities of a text's classes. */
  'predict-text': { args: { text: string }; result: Float32Array };
  /** Probabilities of what is said. */
  'predict-sound': { args: { samples: Float32Array; rate: number }; result: Float32Array };
  /** A test sample as it sounds: bytes, 8,000 a second, 128 is silence. */
  sound: { args: { index: number }; result: Uint8Array };
  /** What one network of a prediction makes of numbers. */
  part: { args: { network: string; x: Float32Array; batch: number }; result: Float32Array };
  /** What the network makes of noise. */
  generate: { args: { noise: Float32Array }; result: Float32Array };
  translate: { args: { texts: string[] }; result: Translation[] };
}

export interface Translation {
  source: string[];
  output: string[];
  text: string;
  /** Row by row of the output, how much it was made from each token of the source; empty where nothing attends. */
  weights: number[];
}
export type CallName = keyof Calls;

export type Call = { [K in CallName]: { type: K; id: number } & Calls[K]['args'] }[CallName];

/** Requests whose effect shows in the events that follow. */
export type Command =
  /** The engine, compiled; without it the worker fetches its own. */
  | { type: 'engine'; module: WebAssembly.Module | null }
  | { type: 'fetch-data' }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'step' }
  | { type: 'reset'; seed: number }
  | { type: 'learning-rate'; value: number }
  | { type: 'draw'; rgba: Uint8ClampedArray; width: number; height: number }
  | { type: 'clear-drawing' }
  /** Texts, token by token, in `written` events; ends those before. */
  | ({ type: 'write' } & Write)
  | { type: 'stop-writing' };

export interface Write {
  id: number;
  prompt: string;
  temperature: number;
  /** Only so many of the most probable tokens; 0: all. */
  topK: number;
  seed: number;
  /** Tokens of a text, at most. */
  length: number;
  /** Texts; each has a seed of its own. */
  count: number;
}

export type Phase =
  'loading' | 'ready' | 'waiting' | 'training' | 'paused' | 'finished' | 'diverged' | 'failed';

export type Event =
  | { type: 'data'; train: number; trainTotal: number; test: number; testTotal: number }
  | { type: 'data-failed'; message: string }
  /** From here on all that comes is of this network. `newData`: on another data set than the one before. */
  | { type: 'loaded'; experiment: string; loaded: Loaded; newData: boolean; width: number }
  /** The first samples of a split, to look at. */
  | ({ type: 'samples'; split: Split } & Samples)
  /** A fresh network: everything measured so far belongs to the previous one. `width`: numbers of a step. */
  | { type: 'fresh'; width: number }
  /** `early`: it finished because validation did not get better any more. */
  | { type: 'phase'; phase: Phase; step: number; early?: boolean }
  | {
      type: 'tick';
      /** Flat [step, loss, accuracy, …measures] of the steps finished since the last tick. */
      points: Float32Array;
      step: number;
      stepsPerEpoch: number;
      targetEpochs: number;
      /** Over the last seconds of training; null before there are any. */
      stepsPerSecond: number | null;
      trainingSeconds: number;
    }
  | ({ type: 'validation'; step: number; epochEnd: boolean } & Evaluation)
  /** Probabilities, 10 for each of the test digits on the page. */
  | { type: 'test-digits'; probabilities: Float32Array }
  /** What the network sees of the drawing and makes of it; both empty without ink. */
  | { type: 'drawing'; pixels: Float32Array; probabilities: Float32Array }
  /** A text so far; `done`: it, or the writing, has ended. */
  | { type: 'written'; id: number; index: number; text: string; done: boolean; error?: string }
  /** The fastest kernels on this adapter, for the next visit. */
  | { type: 'tuned'; tuning: string }
  | { type: 'failed'; message: string };

/** Bytes of `count` samples, item after item. */
export interface Samples {
  count: number;
  x: Uint8Array;
  y: Uint8Array;
}

export interface Evaluation {
  loss: number;
  /** Null where nothing is right or wrong. */
  accuracy: number | null;
  count: number;
  /** Of the loss of the first phase. */
  terms: number[];
}

export type Answer =
  | { type: 'answer'; id: number; ok: true; result: unknown }
  | { type: 'answer'; id: number; ok: false; message: string };

export type ToWorker = Call | Command;
export type FromWorker = Event | Answer;

export const CLASSES = 10;
export const PIXELS = 28 * 28;
/** How many training samples the gallery and test digits the grid show. */
export const GALLERY = 60;
export const TEST_DIGITS = 25;
