// For time loops: a workgroup computes PARTS vectors of four samples.
struct Now {
  sample: vec4u,
  row: vec4u,    // of this step: sample · TIME + time
  before: vec4u, // of the step before; where there is none, of this one
  keep: vec4<bool>, // padding
}
fn time_of(step: u32) -> u32 { return select(step, TIME - 1u - step, REVERSE == 1u); }
fn now_of(group: u32, part: u32, step: u32) -> Now {
  // Past the batch, the last sample is computed and stored again, by the same invocation.
  let sample = min((group * PARTS + part) * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(BATCH - 1u));
  let row = sample * TIME + time_of(step);
  var keep = vec4<bool>(false);
  if (PADDED == 1u) {
    keep = vec4u(tokens[row.x], tokens[row.y], tokens[row.z], tokens[row.w]) == vec4u(PADDING);
  }
  return Now(sample, row, sample * TIME + time_of(max(step, 1u) - 1u), keep);
}

// Products of w with what the workgroup shares, summed over k in registers: slots a and b of w times samples of part 0
// and 1. A slot is what its Columns say. Loads are what takes time on a software adapter: here 16 serve 64 products.
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
fn sums_over(count: u32, first_a: Columns, first_b: Columns, stride: u32) -> Sums {
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

// Clamped: exp must not overflow.
fn sigmoid(x: vec4f) -> vec4f { return 1.0 / (1.0 + exp(-clamp(x, vec4f(-80.0), vec4f(80.0)))); }
// By one exp, where a software adapter's tanh takes several.
fn tanh_clamped(x: vec4f) -> vec4f { return 1.0 - 2.0 / (1.0 + exp(2.0 * clamp(x, vec4f(-15.0), vec4f(15.0)))); }
