// For time loops: a workgroup computes four samples, one in each component of its vectors.
fn samples(group: u32) -> vec4u { return group * 4u + vec4u(0u, 1u, 2u, 3u); }
// Past the batch, the last sample is computed again and not stored: its row at time 0.
fn first_rows(group: u32) -> vec4u { return min(samples(group), vec4u(BATCH - 1u)) * TIME; }
fn time_of(step: u32, reverse: u32) -> u32 { return select(step, TIME - 1u - step, reverse == 1u); }
fn kept(row: vec4u, padded: u32, padding: u32) -> vec4<bool> {
  if (padded == 0u) {
    return vec4<bool>(false);
  }
  return vec4u(tokens[row.x], tokens[row.y], tokens[row.z], tokens[row.w]) == vec4u(padding);
}
// Clamped: exp must not overflow.
fn sigmoid(x: vec4f) -> vec4f { return 1.0 / (1.0 + exp(-clamp(x, vec4f(-80.0), vec4f(80.0)))); }
fn tanh_clamped(x: vec4f) -> vec4f { return tanh(clamp(x, vec4f(-15.0), vec4f(15.0))); }
