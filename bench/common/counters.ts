// The counts of WebGPU calls, as a page reads them. inject/counters.js, which the runner puts before a page's first
// script, keeps them; a page opened by hand has none.

export type Counts = Record<string, number>;

export interface Counters {
  /** Calls and bytes since the page started. */
  n: Counts;
  /** Bytes of buffers that exist. */
  liveBytes: number;
  /** The most that ever existed at once. */
  peakBytes: number;
}

declare global {
  interface Window {
    __gpuCounters?: Counters;
  }
}

/** The counts so far; null where nobody counts. */
export function counted(): Counts | null {
  return window.__gpuCounters ? { ...window.__gpuCounters.n } : null;
}

/** What was counted between two moments, for each of `steps`. */
export function between(before: Counts | null, after: Counts | null, steps: number): Counts | null {
  if (!before || !after) return null;
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, (count - (before[name] ?? 0)) / steps]),
  );
}
