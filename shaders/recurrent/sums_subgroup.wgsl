// As sums.wgsl, but one slot of w, and four k at once. Sizes are multiples of four. Before it comes how four rows of w are
// read, and whose units they are.
// use: gathered, sorted

// Four numbers of an invocation are those of four units, side by side, of one sample: most of memory's numbers are read
// and written as they lie there.
alias Units = vec4u;
fn units(u: u32) -> Units { return u / 4u * 4u + vec4u(0u, 1u, 2u, 3u); }
fn samples(part: u32, quarter: u32, lane: u32) -> vec4u { return vec4u(4u * part + ((lane % 4u) ^ quarter)); }
fn block_units(lane: u32, block: u32) -> vec4u { return 4u * (lane + block * LANES) + vec4u(0u, 1u, 2u, 3u); }
fn quarter_units(lane: u32, block: u32, quarter: u32) -> Units { return block_units(lane, block); }
fn first_unit(u: Units) -> u32 { return u.x; }

// What invocations tell each other, as in sums.wgsl.
@group(0) @binding(1) var<storage, read_write> told: array<vec4f>;
fn vector(at: vec4u, u: Units) -> vec4f { return told[(at.x + u.x) / 4u]; }
fn tell(at: vec4u, u: Units, v: vec4f) { told[(at.x + u.x) / 4u] = v; }
@group(0) @binding(2) var<storage, read> given: array<vec4f>;
fn given_vector(at: vec4u, u: Units) -> vec4f { return given[(at.x + u.x) / 4u]; }

const SLOTS = 1u;
alias Sums = array<Slot, PARTS>;

fn sums_over(count: u32, first: array<Columns, SLOTS>, stride: u32, vectors: Vectors, lane: u32) -> Sums {
  var rows: array<Rows, PARTS>; // of the samples of neighbours(lane)
  var at: array<u32, PARTS>;
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    at[part] = vectors[part].x / 4u;
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
    sums[part] = of_slot(rows[part], lane);
  }
  return sums;
}
