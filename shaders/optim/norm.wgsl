// partials[w] = the sum of the squares that workgroup w of WORKGROUPS finds in g. Constants: COUNT, WORKGROUPS.
// use: reduce
@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = group.x * 64u + local; i < COUNT; i += 64u * WORKGROUPS) {
    sum += g[i] * g[i];
  }
  let total = workgroup_sum(sum, local);
  if (local == 0u) {
    partials[group.x] = total;
  }
}
