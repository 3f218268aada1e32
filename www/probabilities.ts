import { CLASSES } from './protocol';

/** The class with the highest of the ten probabilities from `offset` on. */
export function mostProbable(probabilities: Float32Array, offset = 0): number {
  let best = 0;
  for (let k = 1; k < CLASSES; k++) {
    if (probabilities[offset + k]! > probabilities[offset + best]!) best = k;
  }
  return best;
}
