// As sums.wgsl, but one slot of w, and four k at once. Sizes are multiples of four. Before it comes how four rows of w are
// read, and whose units they are.
// use: gathered, sorted
// What invocations tell each other, as in sums.wgsl: of four side by side, each reads and writes one sample's numbers.
@group(0) @binding(1) var<storage, read_write> told: array<vec4f>;
fn own(at: vec4u, lane: u32) -> u32 { return at[lane % 4u] / 4u; }
fn tell(at: vec4u, u: u32, v: vec4f) { told[own(at, u) + u / 4u] = transposed(v, u); }
fn vector(at: vec4u, u: u32) -> vec4f { return transposed(told[own(at, u) + u / 4u], u); }
@group(0) @binding(2) var<storage, read> given: array<vec4f>;
fn given_vector(at: vec4u, u: u32) -> vec4f { return transposed(given[own(at, u) + u / 4u], u); }

const SLOTS = 1u;
alias Sums = array<Slot, PARTS>;

fn sums_over(count: u32, first: array<Columns, SLOTS>, stride: u32, vectors: Vectors, lane: u32) -> Sums {
  var rows: array<Rows, PARTS>; // of each sample
  var at: array<u32, PARTS>;
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    at[part] = own(vectors[part], lane);
  }
  var at_w = slot_begin(first[0], lane);
  for (var k = 0u; k < count / 4u; k++) {
    let four = four_rows(at_w, stride);
    // unroll
    for (var part = 0u; part < PARTS; part++) {
      rows[part] += four * gathered(told[at[part] + k]);
    }
    at_w += slot_step(stride);
  }
  var sums: Sums;
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    sums[part] = transpose(of_slot(sorted(rows[part], lane), lane));
  }
  return sums;
}
