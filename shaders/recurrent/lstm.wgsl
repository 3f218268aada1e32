// The cell of an LSTM: a slot is the four gates of a unit.
// use: quad, store_gate
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;
@group(0) @binding(7) var<storage, read_write> cells: array<f32>;

const GATES = 4u;
const SLOT = 1u;
fn columns(u: u32) -> vec4u { return min(u, UNITS - 1u) + UNITS * vec4u(0u, 1u, 2u, 3u); }

fn finish(sums: mat4x4f, unit: u32, now: Now, step: u32) {
  if (is_unit(unit)) {
    let u = units(unit);
    let begin = now.row * (4u * UNITS);
    let at = begin + u;
    let i = sigmoid(sums[0] + given_vector(begin, u) + bias(u));
    let f = sigmoid(sums[1] + given_vector(begin, u + UNITS) + bias(u + UNITS));
    let g = tanh_clamped(sums[2] + given_vector(begin, u + 2u * UNITS) + bias(u + 2u * UNITS));
    let o = sigmoid(sums[3] + given_vector(begin, u + 3u * UNITS) + bias(u + 3u * UNITS));
    var before = vec4f();
    if (step > 0u) {
      let at_c = now.before * UNITS + u;
      before = vec4f(cells[at_c.x], cells[at_c.y], cells[at_c.z], cells[at_c.w]);
    }
    let c = select(f * before + i * g, before, now.keep);
    store_gate(at, i);
    store_gate(at + UNITS, f);
    store_gate(at + 2u * UNITS, g);
    store_gate(at + 3u * UNITS, o);
    let at_c = now.row * UNITS + u;
    cells[at_c.x] = c.x;
    cells[at_c.y] = c.y;
    cells[at_c.z] = c.z;
    cells[at_c.w] = c.w;
    tell(now.row * UNITS, u, select(o * tanh_clamped(c), state(now, step, u), now.keep));
  }
}
