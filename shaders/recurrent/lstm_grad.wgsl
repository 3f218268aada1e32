// A step back of an LSTM's unit.
@group(0) @binding(5) var<storage, read> gates: array<f32>;
@group(0) @binding(6) var<storage, read> cells: array<f32>;

const GATES = 4u;
const KEEPS_H = PADDED == 1u;

fn gate(at: vec4u) -> vec4f { return vec4f(gates[at.x], gates[at.y], gates[at.z], gates[at.w]); }
fn cell(row: vec4u, u: Units) -> vec4f {
  let at = row * UNITS + u;
  return vec4f(cells[at.x], cells[at.y], cells[at.z], cells[at.w]);
}
// The gradient of the state before, but for what comes through w.
fn unit_grad(state: State, u: Units, now: Now, step: u32) -> State {
  let h = state.h;
  let begin = now.row * (4u * UNITS);
  let at = begin + u;
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
  tell(begin, u, select(dc * g * i * (1.0 - i), vec4f(), now.keep));
  tell(begin, u + UNITS, select(dc * before * f * (1.0 - f), vec4f(), now.keep));
  tell(begin, u + 2u * UNITS, select(dc * i * (1.0 - g * g), vec4f(), now.keep));
  tell(begin, u + 3u * UNITS, select(h * t * o * (1.0 - o), vec4f(), now.keep));
  return State(select(vec4f(), h, now.keep), select(dc * f, state.c, now.keep));
}
