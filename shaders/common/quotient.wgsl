// i / d for i below 2^22, where a product in floating point is exact enough: several times as fast as a division of whole
// numbers on software adapters. The kernel says in LARGEST what i is below at most.
const IS_SMALL = LARGEST <= 4194304u;

fn quotient(i: u32, d: u32) -> u32 {
  if (IS_SMALL) {
    return u32((f32(i) + 0.5) * (1.0 / f32(d)));
  }
  return i / d;
}
