// factor = min(1, CLIP_NORM / (norm + 1e-6)), norm the root of the sum of the partials. Constants: COUNT, CLIP_NORM.
// use: reduce
@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> factor: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < COUNT; i += 64u) {
    sum += partials[i];
  }
  let norm = sqrt(workgroup_sum(sum, local));
  if (local == 0u) {
    factor[0] = min(1.0, CLIP_NORM / (norm + 1e-6));
  }
}
