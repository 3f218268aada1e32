import { data_folder, inspect_experiment } from '../pkg/trainyard.js';
import type { Inspection } from '../protocol';
import { Dataset, get, type Files, type Shard } from './dataset';

export interface Inspected {
  inspection: Inspection;
  files: Files | null;
}

/** All data sets of a visit. Those from files stay: another session can start without the network. */
export class Datasets {
  #manifests = new Map<string, Promise<string>>();
  #known = new Map<string, Dataset>();

  constructor(private readonly arrived: (dataset: Dataset, shard: Shard) => Promise<void>) {}

  /** Checks an experiment, with the manifest of its data. */
  async inspect(experiment: string, base: string): Promise<Inspected> {
    const folder = data_folder(experiment);
    const files = folder === undefined ? null : await this.#files(new URL(`${folder}/`, base));
    return { inspection: JSON.parse(inspect_experiment(experiment, files?.manifest)) as Inspection, files };
  }

  async #files(base: URL): Promise<Files> {
    let manifest = this.#manifests.get(base.href);
    if (!manifest) {
      manifest = get(new URL('manifest.json', base)).then((response) => response.text());
      manifest.catch(() => this.#manifests.delete(base.href));
      this.#manifests.set(base.href, manifest);
    }
    return { base, manifest: await manifest };
  }

  open(experiment: string, { inspection, files }: Inspected): Dataset {
    const key = sourceOf(experiment);
    let dataset = this.#known.get(key);
    if (!dataset) {
      // What is generated is soon there again.
      for (const [other, { files }] of this.#known) if (!files) this.#known.delete(other);
      dataset = new Dataset(experiment, inspection.about, files, this.arrived);
      this.#known.set(key, dataset);
    }
    return dataset;
  }
}

/** What decides which samples there are: all of `data` but how they are used. */
function sourceOf(experiment: string): string {
  const { data } = JSON.parse(experiment) as { data: Record<string, unknown> };
  const { validation: _, task: __, augment: ___, normalize: ____, ...source } = data;
  return JSON.stringify(source);
}
