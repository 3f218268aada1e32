fn normalize_channel(x: f32, mean: f32, deviation: f32) -> f32 {
  return (x - mean) / deviation;
}
