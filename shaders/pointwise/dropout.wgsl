// y = x / (1 - rate) where a random number is at least rate, 0 elsewhere. The same numbers backwards.
// use: step, random
fn dropout(x: f32, i: u32, stream: u32, rate: f32) -> f32 {
  let keep = uniform_random(step.seed ^ hash(step.index), stream, i) >= rate;
  return select(0.0, x / (1.0 - rate), keep);
}
