// The way of timing, one for all libraries. A page calls
//
//     exposeBench({ W1: createMlp, …, W4: createGemm });
//
// and gets `window.bench(workload, options)`, which resolves to a result.
import { served, type Source } from './data';
import { timeGemm, type CreateGemm, type GemmResult } from './gemm';
import { SPEC, type Specs, type TrainingWorkload, type Workload } from './spec';
import { timeTraining, type CreateTrainer, type TrainResult } from './train';

export interface Options {
  /** Where the server has the data. */
  dataBase: string;
  /** A library slower than this, in ms, gets fewer and shorter blocks. */
  maxMs: number;
  /** Blocks are timed for at least this long, in ms. */
  minMs: number;
  /** Train on to this step, for its loss; 0: as far as the timing goes. */
  lossSteps: number;
  /** … unless that would take longer than this, in ms. */
  lossMaxMs: number;
  /** Steps issued at last in one go, to count their calls; 0: a timed block's are counted. */
  freeSteps: number;
  /** Changes to the workload's specification. */
  spec?: object;
}

const DEFAULTS: Options = {
  dataBase: '/data',
  maxMs: 120_000,
  minMs: 3_000,
  lossSteps: 0,
  lossMaxMs: 420_000,
  freeSteps: 0,
};

/** What a page can do. */
export type Library = { [W in TrainingWorkload]?: CreateTrainer<W> } & { W4?: CreateGemm };

/** What else a page may say. */
export interface Info {
  /** Why a workload is missing. */
  why?: Partial<Record<Workload, string>>;
  /** Data of the page's own, where the runner names no server's. */
  source?: Source;
}

export interface Unsupported {
  workload: Workload;
  unsupported: string;
}

export type Result = TrainResult | GemmResult | Unsupported;

declare global {
  interface Window {
    bench?: (workload: Workload, options?: Partial<Options>) => Promise<Result>;
    benchReady?: boolean;
    /** What is measured as soon as the page can: put here before its scripts. */
    benchAsked?: [Workload, Partial<Options>];
    /** The answer to it. */
    benchAnswer?: Promise<Result>;
  }
}

/** Makes `window.bench` of a library's workloads. */
export function exposeBench(library: Library, info: Info = {}): void {
  const train = <W extends TrainingWorkload>(
    workload: W,
    create: CreateTrainer<W>,
    options: Options,
    source: Source,
  ) => timeTraining(workload, { ...SPEC[workload], ...options.spec } as Specs[W], create, options, source);

  window.bench = async (workload, given = {}) => {
    const options = { ...DEFAULTS, ...given };
    const source = given.dataBase === undefined && info.source ? info.source : served(options.dataBase);
    const create = library[workload];
    if (!create) return { workload, unsupported: info.why?.[workload] ?? 'this page does not implement it' };
    if (workload === 'W4') return timeGemm({ ...SPEC.W4, ...options.spec }, create as CreateGemm, options);
    return train(workload, create as CreateTrainer<typeof workload>, options, source);
  };
  window.benchReady = true;
  if (window.benchAsked) {
    window.benchAnswer = window.bench(...window.benchAsked);
    window.benchAnswer.catch(() => {}); // who waits for it hears of it
  }
}
