// Standard normal numbers.
// Constants: COUNT, STREAM.
// use: index, step, normal
@group(0) @binding(0) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    y[i] = epilogue(normal_random(step.seed ^ hash(step.index), STREAM, i), i);
  }
}
