// The mean gradient of STEPS steps, as it grows. Constants: COUNT, STEPS.
// use: index, step
@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let before = select(sum[i], 0.0, step.index % STEPS == 0u);
    sum[i] = before + g[i] / f32(STEPS);
  }
}
