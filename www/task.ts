// What an experiment is about, as far as the page shows it differently. Read from its text: known before anything is loaded.

export type Task =
  | 'digits'
  | 'pictures'
  | 'boundary'
  | 'table'
  | 'word'
  | 'sound'
  | 'generator'
  | 'autoencoder'
  | 'text'
  | 'names'
  | 'translation'
  | 'other';

export interface Outline {
  task: Task;
  dataset: string;
  /** Numbers of an autoencoder's latent space. */
  latent: number;
  /** Numbers that a generator makes a sample of. */
  noise: number;
  /** The networks that a prediction goes through. */
  predict: string[];
}

interface Layer {
  type?: string;
  size?: number;
}

interface Text {
  data?: { dataset?: string; task?: string };
  networks?: Record<string, Layer[] | { input?: string | { noise?: number }; layers?: Layer[] }>;
  loss?: { target?: unknown };
  predict?: string[];
}

const CLASSIFIERS: Record<string, Task> = {
  mnist: 'digits',
  shapes: 'pictures',
  points: 'boundary',
  features: 'table',
  names: 'word',
  spoken: 'sound',
};
const PAIRS = ['sort', 'reverse', 'addition', 'dates', 'numbers', 'pronunciations'];

/** Of an experiment that makes no sense, the engine says so; here it is `other`. */
export function outlineOf(experiment: string): Outline {
  const outline: Outline = { task: 'other', dataset: '', latent: 0, noise: 0, predict: ['model'] };
  try {
    const { data, networks, loss, predict } = JSON.parse(experiment) as Text;
    outline.dataset = data?.dataset ?? '';
    const names = Object.keys(networks ?? {});
    outline.predict = predict ?? (names.length > 0 ? names : ['model']);
    for (const network of Object.values(networks ?? {})) {
      const layers = Array.isArray(network) ? network : (network.layers ?? []);
      outline.latent ||= layers.find((layer) => layer.type === 'gaussian_latent')?.size ?? 0;
      if (!Array.isArray(network) && typeof network.input === 'object')
        outline.noise ||= network.input.noise ?? 0;
    }
    if (outline.noise > 0) outline.task = 'generator';
    else if (loss?.target === 'input') outline.task = 'autoencoder';
    else if (outline.dataset === 'moby') outline.task = 'text';
    else if (data?.task === 'next') outline.task = outline.dataset === 'names' ? 'names' : 'other';
    else if (PAIRS.includes(outline.dataset)) outline.task = 'translation';
    else outline.task = CLASSIFIERS[outline.dataset] ?? 'other';
  } catch {
    // No JSON.
  }
  return outline;
}
