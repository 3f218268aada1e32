/** Of outputs, `width` numbers a sample, what sample `index` is taken for. One number is the probability of class 1. */
export function classOf(
  outputs: Float32Array,
  width: number,
  index = 0,
): { best: number; probability: number } {
  const at = index * width;
  if (width === 1) {
    const second = outputs[at]!;
    return second > 0.5 ? { best: 1, probability: second } : { best: 0, probability: 1 - second };
  }
  let best = 0;
  for (let k = 1; k < width; k++) if (outputs[at + k]! > outputs[at + best]!) best = k;
  return { best, probability: outputs[at + best]! };
}
