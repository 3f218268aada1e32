// Running statistics move towards what the step measured. Constants: COUNT, MOMENTUM.
// use: index
@group(0) @binding(0) var<storage, read_write> statistic: array<f32>;
@group(0) @binding(1) var<storage, read> measured: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    statistic[i] += MOMENTUM * (measured[i] - statistic[i]);
  }
}
