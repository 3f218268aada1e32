// The cell of a plain recurrent network: a slot is four units. Constant: RELU: relu instead of tanh.
// use: quad
const GATES = 1u;
const SLOT = 4u;
fn columns(u: u32) -> vec4u { return min(u + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(UNITS - 1u)); }

fn finish_unit(sum: vec4f, unit: u32, now: Now, step: u32) {
  if (is_unit(unit)) {
    let u = units(unit);
    let a = sum + given_vector(now.row * UNITS, u) + bias(u);
    var h = max(a, vec4f());
    if (RELU == 0u) {
      h = tanh_clamped(a);
    }
    tell(now.row * UNITS, u, select(h, state(now, step, u), now.keep));
  }
}

fn finish(sums: mat4x4f, u: u32, now: Now, step: u32) {
  finish_unit(sums[0], u, now, step);
  finish_unit(sums[1], u + LANES, now, step);
  finish_unit(sums[2], u + 2u * LANES, now, step);
  finish_unit(sums[3], u + 3u * LANES, now, step);
}
