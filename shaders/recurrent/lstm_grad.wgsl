// A step back of an LSTM's unit.
@group(0) @binding(4) var<storage, read> gates: array<f32>;
@group(0) @binding(5) var<storage, read> cells: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

const GATES = 4u;

fn gate(at: vec4u) -> vec4f { return vec4f(gates[at.x], gates[at.y], gates[at.z], gates[at.w]); }
fn cell(row: vec4u, u: u32) -> vec4f {
  let at = row * UNITS + u;
  return vec4f(cells[at.x], cells[at.y], cells[at.z], cells[at.w]);
}
fn vector(at: vec4u) -> vec4f { return vec4f(dx[at.x], dx[at.y], dx[at.z], dx[at.w]); }
fn store(at: vec4u, d: vec4f, keep: vec4<bool>) {
  let value = select(d, vec4f(), keep);
  dx[at.x] = value.x;
  dx[at.y] = value.y;
  dx[at.z] = value.z;
  dx[at.w] = value.w;
}

// The gradient of the state before, but for what comes through w.
fn unit_grad(state: State, u: u32, now: Now, step: u32) -> State {
  let h = state.h;
  let at = now.row * (4u * UNITS) + u;
  let i = gate(at);
  let f = gate(at + UNITS);
  let g = gate(at + 2u * UNITS);
  let o = gate(at + 3u * UNITS);
  var before = vec4f();
  if (step > 0u) {
    before = cell(now.before, u);
  }
  let t = tanh_clamped(cell(now.row, u));
  let dc = state.c + h * o * (1.0 - t * t);
  store(at, dc * g * i * (1.0 - i), now.keep);
  store(at + UNITS, dc * before * f * (1.0 - f), now.keep);
  store(at + 2u * UNITS, dc * i * (1.0 - g * g), now.keep);
  store(at + 3u * UNITS, h * t * o * (1.0 - o), now.keep);
  return State(select(vec4f(), h, now.keep), select(dc * f, state.c, now.keep));
}
