// The cell of a GRU: a slot is the three gates of a unit.
// use: store_gate
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;

const GATES = 3u;
const SLOT = 1u;
alias Slot = mat3x4f;
alias Rows = mat4x3f;
alias Columns = vec3u;
fn columns(u: u32) -> vec3u { return min(u, UNITS - 1u) + UNITS * vec3u(0u, 1u, 2u); }
fn weights(at: vec3u) -> vec3f { return vec3f(w[at.x], w[at.y], w[at.z]); }
fn plus_outer(slot: mat3x4f, w: vec3f, v: vec4f) -> mat3x4f {
  return mat3x4f(slot[0] + w.x * v, slot[1] + w.y * v, slot[2] + w.z * v);
}

fn finish(sums: mat3x4f, unit: u32, now: Now, step: u32) {
  if (is_unit(unit)) {
    let u = units(unit);
    let begin = now.row * (3u * UNITS);
    let r = sigmoid(sums[0] + given_vector(begin, u) + bias(u));
    let z = sigmoid(sums[1] + given_vector(begin, u + UNITS) + bias(u + UNITS));
    let a = sums[2] + bias(u + 2u * UNITS);
    let n = tanh_clamped(given_vector(begin, u + 2u * UNITS) + r * a);
    let at_gates = now.row * (4u * UNITS) + u;
    store_gate(at_gates, r);
    store_gate(at_gates + UNITS, z);
    store_gate(at_gates + 2u * UNITS, n);
    store_gate(at_gates + 3u * UNITS, a);
    let before = state(now, step, u);
    tell(now.row * UNITS, u, select((1.0 - z) * n + z * before, before, now.keep));
  }
}
