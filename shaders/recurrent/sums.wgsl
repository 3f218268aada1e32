// Products of w with vectors of four samples, PARTS of them, summed over k in registers: slots of w, as their Columns
// say, times samples.
@group(0) @binding(0) var<storage, read> w: array<f32>;

// Four numbers of an invocation are those of a unit of four samples.
alias Units = u32;
fn units(u: u32) -> Units { return u; }
fn samples(part: u32, quarter: u32, lane: u32) -> vec4u { return 4u * part + vec4u(0u, 1u, 2u, 3u); }
// Backwards: units of an invocation, four to a block, and which of them has this quarter of the block's numbers.
fn block_units(lane: u32, block: u32) -> vec4u { return lane + (4u * block + vec4u(0u, 1u, 2u, 3u)) * LANES; }
fn quarter_units(lane: u32, block: u32, quarter: u32) -> Units { return lane + (4u * block + quarter) * LANES; }
fn first_unit(u: Units) -> u32 { return u; }

// What invocations tell each other, behind a barrier: the states in y, or gradients. Not in a workgroup's memory: software
// adapters compile and run an instruction for each number of it that a browser zeroes.
@group(0) @binding(1) var<storage, read_write> told: array<f32>;
// `at`: where the samples' vectors begin.
fn vector(at: vec4u, u: Units) -> vec4f {
  return vec4f(told[at.x + u], told[at.y + u], told[at.z + u], told[at.w + u]);
}
fn tell(at: vec4u, u: Units, v: vec4f) {
  told[at.x + u] = v.x;
  told[at.y + u] = v.y;
  told[at.z + u] = v.z;
  told[at.w + u] = v.w;
}

// What a layer is given: x, or dy.
@group(0) @binding(2) var<storage, read> given: array<f32>;
fn given_vector(at: vec4u, u: Units) -> vec4f {
  return vec4f(given[at.x + u], given[at.y + u], given[at.z + u], given[at.w + u]);
}

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
      let v = vector(vectors[part], k);
      sums[part] = plus_outer(sums[part], a, v);
      sums[PARTS + part] = plus_outer(sums[PARTS + part], b, v);
    }
    at_a += stride;
    at_b += stride;
  }
  return sums;
}
