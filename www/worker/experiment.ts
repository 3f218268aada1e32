interface Training {
  epochs?: number;
  batch_size?: number;
  seed?: number;
}

export interface Prepared {
  json: string;
  epochs: number;
  batchSize: number;
}

/** The experiment as the engine gets it: with the page's seed. */
export function prepare(experiment: string, seed: number): Prepared {
  const parsed = JSON.parse(experiment) as { training: Training };
  const { epochs = 1, batch_size: batchSize = 1 } = parsed.training;
  parsed.training = { ...parsed.training, seed };
  return { json: JSON.stringify(parsed), epochs, batchSize };
}
