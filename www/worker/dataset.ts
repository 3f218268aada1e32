import { PIXELS } from '../protocol';

export type Split = 'train' | 'test';

export interface Shard {
  split: Split;
  start: number;
  count: number;
  /** `count` images of 784 bytes, then `count` labels. */
  bytes: Uint8Array;
}

export interface Samples {
  count: number;
  pixels: Uint8Array;
  labels: Uint8Array;
}

interface Manifest {
  splits: Record<Split, { count: number; shards: { file: string; start: number; count: number }[] }>;
}

const ATTEMPTS = 3;
const AT_A_TIME = 2;

/** MNIST in shards. They stay in memory, so that another session can start without the network. */
export class Dataset {
  readonly shards: Shard[] = [];
  total = { train: 0, test: 0 };
  #loading: Promise<void> | null = null;

  constructor(private readonly arrived: (shard: Shard) => Promise<void>) {}

  available(split: Split): number {
    return this.shards.reduce((sum, shard) => sum + (shard.split === split ? shard.count : 0), 0);
  }

  /** At most `count` samples from `from` on: as many as lie in one shard, none where it has not arrived. */
  samples(split: Split, from: number, count: number): Samples | null {
    const shard = this.shards.find((s) => s.split === split && s.start <= from && from < s.start + s.count);
    if (!shard) return null;
    const first = from - shard.start;
    const end = Math.min(first + count, shard.count);
    return {
      count: end - first,
      pixels: shard.bytes.subarray(first * PIXELS, end * PIXELS),
      labels: shard.bytes.subarray(shard.count * PIXELS + first, shard.count * PIXELS + end),
    };
  }

  /** Fetches what is missing; after a failure it may be called again. */
  load(base: URL): Promise<void> {
    this.#loading ??= this.#load(base).catch((error: unknown) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load(base: URL): Promise<void> {
    const { splits } = (await (await get(new URL('manifest.json', base))).json()) as Manifest;
    this.total = { train: splits.train.count, test: splits.test.count };
    const [train, test] = (['train', 'test'] as const).map((split) =>
      splits[split].shards.map((entry) => ({ split, ...entry })),
    ) as [WantedShard[], WantedShard[]];
    // One of each is enough to train, to validate and to fill the grid of digits.
    const wanted = [...train.slice(0, 1), ...test.slice(0, 1), ...train.slice(1), ...test.slice(1)].filter(
      (entry) => !this.shards.some((s) => s.split === entry.split && s.start === entry.start),
    );
    const fetchNext = async (): Promise<void> => {
      for (let entry = wanted.shift(); entry; entry = wanted.shift()) await this.#fetch(base, entry);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, fetchNext));
  }

  async #fetch(base: URL, { split, file, start, count }: WantedShard): Promise<void> {
    const bytes = await gunzip(await (await get(new URL(file, base))).arrayBuffer());
    if (bytes.length !== count * (PIXELS + 1)) {
      throw new Error(`${file}: ${bytes.length} bytes instead of ${count * (PIXELS + 1)}`);
    }
    const shard = { split, start, count, bytes };
    this.shards.push(shard);
    await this.arrived(shard);
  }
}

type WantedShard = { split: Split; file: string; start: number; count: number };

async function get(url: URL): Promise<Response> {
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
