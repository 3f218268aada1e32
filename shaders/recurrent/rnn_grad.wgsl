// A step back of a plain recurrent network's unit. Constant: RELU.
@group(0) @binding(5) var<storage, read> y: array<f32>;

const GATES = 1u;
const KEEPS_H = PADDED == 1u;

// The gradient of the state before, but for what comes through w.
fn unit_grad(state: State, u: Units, now: Now, step: u32) -> State {
  let h = state.h;
  let at = now.row * UNITS + u;
  let after = vec4f(y[at.x], y[at.y], y[at.z], y[at.w]);
  var d = h * (1.0 - after * after);
  if (RELU == 1u) {
    d = select(vec4f(), h, after > vec4f());
  }
  tell(now.row * UNITS, u, select(d, vec4f(), now.keep));
  return State(select(vec4f(), h, now.keep), vec4f());
}
