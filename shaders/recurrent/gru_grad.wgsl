// A step back of a GRU's unit: dx and da differ in the part of n, where a is scaled by r.
@group(0) @binding(5) var<storage, read> y: array<f32>;
@group(0) @binding(6) var<storage, read> gates: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;

const GATES = 3u;
const KEEPS_H = true;

fn gate(at: vec4u) -> vec4f { return vec4f(gates[at.x], gates[at.y], gates[at.z], gates[at.w]); }
// The gradient of a's part is told.
fn store(begin: vec4u, u: Units, d: vec4f, through_a: vec4f) {
  let at = begin + u;
  dx[at.x] = d.x;
  dx[at.y] = d.y;
  dx[at.z] = d.z;
  dx[at.w] = d.w;
  tell(begin, u, through_a);
}

// The gradient of the state before, but for what comes through w.
fn unit_grad(state: State, u: Units, now: Now, step: u32) -> State {
  let h = state.h;
  let at_gates = now.row * (4u * UNITS) + u;
  let r = gate(at_gates);
  let z = gate(at_gates + UNITS);
  let n = gate(at_gates + 2u * UNITS);
  let a = gate(at_gates + 3u * UNITS);
  var before = vec4f();
  if (step > 0u) {
    let at_y = now.before * UNITS + u;
    before = vec4f(y[at_y.x], y[at_y.y], y[at_y.z], y[at_y.w]);
  }
  let dn = select(h * (1.0 - z) * (1.0 - n * n), vec4f(), now.keep);
  let dr = dn * a * r * (1.0 - r);
  let dz = select(h * (before - n) * z * (1.0 - z), vec4f(), now.keep);
  let begin = now.row * (3u * UNITS);
  store(begin, u, dr, dr);
  store(begin, u + UNITS, dz, dz);
  store(begin, u + 2u * UNITS, dn, dn * r);
  return State(select(h * z, h, now.keep), vec4f());
}
