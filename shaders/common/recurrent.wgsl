// For time loops: a workgroup computes PARTS vectors of four samples.
alias Vectors = array<vec4u, PARTS>; // where they begin
struct Now {
  sample: vec4u, // of each of four numbers
  row: vec4u,    // of this step: sample · TIME + time
  before: vec4u, // of the step before; where there is none, of this one
  keep: vec4<bool>, // padding
}
fn time_of(step: u32) -> u32 { return select(step, TIME - 1u - step, REVERSE == 1u); }
fn now_of(samples: vec4u, step: u32) -> Now {
  // Past the batch, the last sample is computed and stored again.
  let sample = min(samples, vec4u(BATCH - 1u));
  let row = sample * TIME + time_of(step);
  var keep = vec4<bool>(false);
  if (PADDED == 1u) {
    keep = vec4u(tokens[row.x], tokens[row.y], tokens[row.z], tokens[row.w]) == vec4u(PADDING);
  }
  return Now(sample, row, sample * TIME + time_of(max(step, 1u) - 1u), keep);
}

// Clamped: exp must not overflow.
fn sigmoid(x: vec4f) -> vec4f { return 1.0 / (1.0 + exp(-clamp(x, vec4f(-80.0), vec4f(80.0)))); }
// By one exp, where a software adapter's tanh takes several.
fn tanh_clamped(x: vec4f) -> vec4f { return 1.0 - 2.0 / (1.0 + exp(2.0 * clamp(x, vec4f(-15.0), vec4f(15.0)))); }
