// y = (x - mean) / sqrt(variance + epsilon) w + b, with statistics that are given.
fn batch_norm_eval(x: f32, w: f32, b: f32, mean: f32, variance: f32, epsilon: f32) -> f32 {
  return (x - mean) * inverseSqrt(variance + epsilon) * w + b;
}
