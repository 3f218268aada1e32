interface Training {
  epochs?: number;
  batch_size?: number;
  seed?: number;
}

/** Until it is reached, `training.epochs` is only where the page stops by itself: Play goes on from there. */
const EPOCHS_AT_MOST = 1000;

export interface Prepared {
  json: string;
  epochs: number;
  batchSize: number;
}

/** The experiment as the engine gets it: with the page's seed, and room for more epochs. */
export function prepare(experiment: string, seed: number): Prepared {
  const parsed = JSON.parse(experiment) as { training: Training };
  const { epochs = 1, batch_size: batchSize = 1 } = parsed.training;
  parsed.training = { ...parsed.training, seed, epochs: Math.max(epochs, EPOCHS_AT_MOST) };
  return { json: JSON.stringify(parsed), epochs, batchSize };
}
