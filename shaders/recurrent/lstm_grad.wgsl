// A step back of an LSTM's unit. Before it comes how it reads what is saved (lstm_saved.wgsl, or that with subgroups).
const GATES = 4u;
const KEEPS_H = PADDED == 1u;

// The gradient of the state before, but for what comes through w.
fn unit_grad(state: State, u: Units, now: Now, step: u32) -> State {
  let h = state.h;
  let begin = now.row * (4u * UNITS);
  let i = gate(begin, u);
  let f = gate(begin, u + UNITS);
  let g = gate(begin, u + 2u * UNITS);
  let o = gate(begin, u + 3u * UNITS);
  var before = vec4f();
  if (step > 0u) {
    before = cell(now.before * UNITS, u);
  }
  let t = tanh_clamped(cell(now.row * UNITS, u));
  let dc = state.c + h * o * (1.0 - t * t);
  tell(begin, u, select(dc * g * i * (1.0 - i), vec4f(), now.keep));
  tell(begin, u + UNITS, select(dc * before * f * (1.0 - f), vec4f(), now.keep));
  tell(begin, u + 2u * UNITS, select(dc * i * (1.0 - g * g), vec4f(), now.keep));
  tell(begin, u + 3u * UNITS, select(h * t * o * (1.0 - o), vec4f(), now.keep));
  return State(select(vec4f(), h, now.keep), select(dc * f, state.c, now.keep));
}
