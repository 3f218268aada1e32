// As sums.wgsl, but one slot of w, and four k at once, of which each of four invocations side by side loads the samples
// at one. Sizes are multiples of four.
// use: gathered
const SLOTS = 1u;
alias Sums = array<Slot, PARTS>;
fn sums_over(count: u32, first: array<Columns, SLOTS>, stride: u32, vectors: Vectors, lane: u32) -> Sums {
  let order = neighbours(lane);
  var rows: array<Rows, PARTS>; // of each sample
  var at = first[0];
  for (var k = 0u; k < count; k += 4u) {
    let four = Rows(
      weights(at + order.x * stride),
      weights(at + order.y * stride),
      weights(at + order.z * stride),
      weights(at + order.w * stride),
    );
    // unroll
    for (var part = 0u; part < PARTS; part++) {
      rows[part] += four * transpose(gathered(vector(vectors[part] + k + order.x)));
    }
    at += 4u * stride;
  }
  var sums: Sums;
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    sums[part] = transpose(rows[part]);
  }
  return sums;
}
