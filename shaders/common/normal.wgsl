// Standard normal numbers (Box and Muller), as random::normal of src/random.rs draws them.
// use: random

// -log(1 - w): near 0 by its series, where the logarithm of nearly 1 would be mostly rounding.
fn minus_log_of_rest(w: f32) -> f32 {
  return select(-log(1.0 - w), w * (1.0 + w * (0.5 + w * (0.33333333 + 0.25 * w))), w < 0.01);
}

// cos(2 pi t) for t in [0, 1), by its series at up to a quarter turn: WGSL's own may be off by 5e-4.
fn cos_of_turns(t: f32) -> f32 {
  let half = abs(t - 0.5); // cos(2 pi t) = -cos(2 pi half)
  let folded = min(half, 0.5 - half);
  let angle = 6.2831853 * folded;
  let q = angle * angle;
  let series = 1.0 - q / 2.0 * (1.0 - q / 12.0 * (1.0 - q / 30.0 * (1.0 - q / 56.0 * (1.0 - q / 90.0 * (1.0 - q / 132.0)))));
  return select(series, -series, half < 0.25);
}

fn normal_random(seed: u32, stream: u32, index: u32) -> f32 {
  let radius = sqrt(2.0 * minus_log_of_rest(uniform_random(seed, stream, 2u * index)));
  return radius * cos_of_turns(uniform_random(seed, stream, 2u * index + 1u));
}
