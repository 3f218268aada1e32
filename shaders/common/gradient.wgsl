// What all optimizers do with four gradients at once (parameters lie in multiples of 64), twin of src/optim/common.rs. The
// first DECAYED parameters decay: by L2 as a part of the gradient, by DECOUPLED (adamw, lion) apart from it.
// Constants: COUNT, CLIP_VALUE, L1, L2, DECOUPLED, DECAYED. The epilogue scales by the clipped norm.
fn scaled(g: vec4f, i: u32) -> vec4f {
  return vec4f(epilogue(g.x, i), epilogue(g.y, i), epilogue(g.z, i), epilogue(g.w, i));
}
fn prepared(gradient: vec4f, value: vec4f, i: u32) -> vec4f {
  let decay = select(0.0, L2, i < DECAYED / 4u);
  return clamp(gradient, vec4f(-CLIP_VALUE), vec4f(CLIP_VALUE)) + L1 * sign(value) + decay * value;
}
fn shrunk(value: vec4f, rate: f32, i: u32) -> vec4f {
  return value - rate * select(0.0, DECOUPLED, i < DECAYED / 4u) * value;
}
