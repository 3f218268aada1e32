import { decode_shard, generate_data } from '../pkg/trainyard.js';
import type { About, Column, Samples, Split } from '../protocol';

export interface Shard extends Samples {
  split: Split;
  start: number;
  /** As in the file, where that says more: sounds. */
  raw: Uint8Array;
}

interface Manifest {
  columns: { x: Column };
  splits: Record<Split, { count: number; shards: { file: string; start: number; count: number }[] }>;
}

/** Where a data set's files are. */
export interface Files {
  /** Its folder. */
  base: URL;
  manifest: string;
}

const SPLITS = ['train', 'test'] as const;
const ATTEMPTS = 3;
const AT_A_TIME = 2;

export const bytesOf = ({ content, shape }: Column): number =>
  shape.reduce((product, length) => product * length, 1) * (content === 'numbers' ? 4 : 1);

/** A data set in memory, so that another session can start without the network. */
export class Dataset {
  readonly shards: Shard[] = [];
  readonly itemBytes: [x: number, y: number];
  readonly total: Record<Split, number>;
  #loading: Promise<void> | null = null;

  constructor(
    /** An experiment on it: the engine knows how to make or read its samples. */
    private readonly experiment: string,
    readonly about: About,
    readonly files: Files | null,
    private readonly arrived: (dataset: Dataset, shard: Shard) => Promise<void>,
  ) {
    this.itemBytes = [about.stream ? 1 : bytesOf(about.x), about.y ? bytesOf(about.y) : 0];
    this.total = { train: about.counts[0], test: about.counts[1] };
  }

  available(split: Split): number {
    return this.shards.reduce((sum, shard) => sum + (shard.split === split ? shard.count : 0), 0);
  }

  /** At most `count` samples from `from` on: as many as lie in one shard, none where it has not arrived. */
  samples(split: Split, from: number, count: number): Samples | null {
    const shard = this.#shard(split, from);
    if (!shard) return null;
    const first = from - shard.start;
    const end = Math.min(first + count, shard.count);
    const [x, y] = this.itemBytes;
    return {
      count: end - first,
      x: shard.x.subarray(first * x, end * x),
      y: shard.y.subarray(first * y, end * y),
    };
  }

  /** A sample as it is in the file. */
  raw(split: Split, index: number): Uint8Array | null {
    const shard = this.#shard(split, index);
    if (!shard || !this.files) return null;
    const size = bytesOf((JSON.parse(this.files.manifest) as Manifest).columns.x);
    const at = (index - shard.start) * size;
    return shard.raw.slice(at, at + size);
  }

  #shard(split: Split, index: number): Shard | undefined {
    return this.shards.find((s) => s.split === split && s.start <= index && index < s.start + s.count);
  }

  /** Makes it, if it is one that is made. */
  generate(): void {
    if (this.files || this.shards.length > 0) return;
    const all = generate_data(this.experiment);
    const [x, y] = this.itemBytes;
    let at = 0;
    const next = (length: number) => all.subarray(at, (at += length));
    for (const split of SPLITS) {
      const count = this.total[split];
      this.shards.push({ split, start: 0, count, x: next(count * x), y: next(count * y), raw: all });
    }
  }

  /** Fetches what is missing; after a failure it may be called again. */
  load(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    if (!this.files) return;
    const { base, manifest } = this.files;
    const { splits } = JSON.parse(manifest) as Manifest;
    const [train, test] = SPLITS.map((split) =>
      splits[split].shards.map((entry, index) => ({ split, index, ...entry })),
    ) as [WantedShard[], WantedShard[]];
    // One of each is enough to train and to have something to look at.
    const wanted = [...train.slice(0, 1), ...test.slice(0, 1), ...train.slice(1), ...test.slice(1)].filter(
      (entry) => !this.shards.some((s) => s.split === entry.split && s.start === entry.start),
    );
    const fetchNext = async (): Promise<void> => {
      for (let entry = wanted.shift(); entry; entry = wanted.shift()) {
        await this.#fetch(new URL(entry.file, base), manifest, entry);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, fetchNext));
  }

  async #fetch(url: URL, manifest: string, { split, index, start, count }: WantedShard): Promise<void> {
    const raw = await gunzip(await (await get(url)).arrayBuffer());
    const columns = decode_shard(this.experiment, manifest, split, index, raw);
    const x = columns.subarray(0, count * this.itemBytes[0]);
    const shard = { split, start, count, x, y: columns.subarray(x.length), raw };
    this.shards.push(shard);
    await this.arrived(this, shard);
  }
}

type WantedShard = { split: Split; index: number; file: string; start: number; count: number };

export async function get(url: URL): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url.pathname}: HTTP ${response.status}`);
      return response;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * attempt));
    }
  }
}

/** Some servers send .gz with a Content-Encoding, and the browser has unpacked it already. */
async function gunzip(buffer: ArrayBuffer): Promise<Uint8Array> {
  const bytes = new Uint8Array(buffer);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
