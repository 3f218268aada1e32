// What all optimizers do with a gradient, twin of src/optim/common.rs. The first DECAYED parameters decay: by L2 as a part
// of the gradient, by DECOUPLED (adamw, lion) apart from it. Constants: CLIP_VALUE, L1, L2, DECOUPLED, DECAYED.
fn prepared(gradient: f32, value: f32, i: u32) -> f32 {
  let decay = select(0.0, L2, i < DECAYED);
  return clamp(gradient, -CLIP_VALUE, CLIP_VALUE) + L1 * sign(value) + decay * value;
}
fn shrunk(value: f32, rate: f32, i: u32) -> f32 {
  return value - rate * select(0.0, DECOUPLED, i < DECAYED) * value;
}
