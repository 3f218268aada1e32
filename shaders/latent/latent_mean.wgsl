// z = mean. x: a sample's SIZE means, then its SIZE logarithms of variances.
// Constants: COUNT, SIZE.
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> z: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    z[i] = epilogue(x[i / SIZE * 2u * SIZE + i % SIZE], i);
  }
}
