// What a run of the browser part writes to its JSON file: everything that was measured, in order.
import type { AdapterResult } from '../adapter/page';
import type { Result } from '../common/driver';
import type { GemmResult } from '../common/gemm';
import type { Workload } from '../common/spec';
import type { TrainResult } from '../common/train';
import type { Size } from './build';
import type { Machine } from './machine';

interface Occasion {
  /** From 0. */
  round: number;
  /** Cores that other programs took meanwhile. */
  otherCores: number | null;
  error?: string;
  messages?: string[];
}

/** One library on one workload in one browser. */
export interface Record extends Occasion {
  library: string;
  workload: Workload;
  result?: Result;
}

/** The adapter without a library. */
export interface AdapterRecord extends Occasion {
  result?: AdapterResult;
}

export interface BrowserRun {
  when: string;
  /** The engine's commit, and `+` if the checkout had changes. */
  commit: string;
  machine: Machine;
  browser: string;
  flags: string[];
  rounds: number;
  quick: boolean;
  versions: { [library: string]: string };
  sizes: { [library: string]: Size };
  adapter: AdapterRecord[];
  records: Record[];
}

export const trained = (record: Record): TrainResult | undefined =>
  record.result && 'msPerStep' in record.result ? record.result : undefined;

export const multiplied = (record: Record): GemmResult | undefined =>
  record.result && 'sizes' in record.result ? record.result : undefined;

/** Why a library has no figure. */
export const refusal = (record: Record): string | undefined =>
  record.error ?? (record.result && 'unsupported' in record.result ? record.result.unsupported : undefined);
