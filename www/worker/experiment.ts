/** The experiment as the engine gets it: with the page's seed. */
export function prepare(experiment: string, seed: number): string {
  const parsed = JSON.parse(experiment) as { training: object };
  return JSON.stringify({ ...parsed, training: { ...parsed.training, seed } });
}
