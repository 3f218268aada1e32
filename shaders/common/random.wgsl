// Counter-based random numbers, twin of src/random.rs.
fn hash(value: u32) -> u32 {
  var x = value;
  x ^= x >> 16u;
  x *= 0x7feb352du;
  x ^= x >> 15u;
  x *= 0x846ca68bu;
  return x ^ (x >> 16u);
}
fn random_bits(seed: u32, stream: u32, index: u32) -> u32 {
  return hash(index ^ hash(stream ^ hash(seed + 0x9e3779b9u)));
}
fn uniform_random(seed: u32, stream: u32, index: u32) -> f32 {
  return f32(random_bits(seed, stream, index) >> 8u) / 16777216.0;
}
