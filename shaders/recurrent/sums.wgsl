// Products of w with vectors of four samples, PARTS of them, summed over k in registers: slots of w, as their Columns
// say, times samples.
const SLOTS = 2u; // that an invocation sums at once
alias Sums = array<Slot, SLOTS * PARTS>; // of slot s and part p at s · PARTS + p
fn sums_over(count: u32, first: array<Columns, SLOTS>, stride: u32, vectors: Vectors, lane: u32) -> Sums {
  var sums: Sums;
  var at_a = first[0];
  var at_b = first[1];
  for (var k = 0u; k < count; k++) {
    let a = weights(at_a);
    let b = weights(at_b);
    // unroll
    for (var part = 0u; part < PARTS; part++) {
      let v = vector(vectors[part] + k);
      sums[part] = plus_outer(sums[part], a, v);
      sums[PARTS + part] = plus_outer(sums[PARTS + part], b, v);
    }
    at_a += stride;
    at_b += stride;
  }
  return sums;
}
