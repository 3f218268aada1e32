// Products of w with what the workgroup shares, summed over k in registers: slots a and b of w times samples of part 0
// and 1. A slot is what its Columns say. Loads are what takes time on a software adapter: here 16 serve 64 products.
const SLOTS = 2u; // that an invocation sums at once
struct Sums { a0: Slot, a1: Slot, b0: Slot, b1: Slot }
fn accumulate(sums: ptr<function, Sums>, at_a: Columns, at_b: Columns, k: u32) {
  let a = weights(at_a);
  let b = weights(at_b);
  let v0 = shared_vectors[k * PARTS];
  (*sums).a0 = plus_outer((*sums).a0, a, v0);
  (*sums).b0 = plus_outer((*sums).b0, b, v0);
  if (PARTS == 2u) {
    let v1 = shared_vectors[k * PARTS + 1u];
    (*sums).a1 = plus_outer((*sums).a1, a, v1);
    (*sums).b1 = plus_outer((*sums).b1, b, v1);
  }
}
fn sums_over(count: u32, first_a: Columns, first_b: Columns, stride: u32, lane: u32) -> Sums {
  var sums = Sums();
  var at_a = first_a;
  var at_b = first_b;
  for (var k = 0u; k + 1u < count; k += 2u) {
    accumulate(&sums, at_a, at_b, k);
    accumulate(&sums, at_a + stride, at_b + stride, k + 1u);
    at_a += 2u * stride;
    at_b += 2u * stride;
  }
  if (count % 2u == 1u) {
    accumulate(&sums, at_a, at_b, count - 1u);
  }
  return sums;
}
