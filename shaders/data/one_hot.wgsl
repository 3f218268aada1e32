// y[r, c] = 1 where c is the label of r, 0 elsewhere.
// Constants: ROWS, CLASSES.
// use: index
@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < ROWS * CLASSES) {
    y[i] = select(0.0, 1.0, labels[i / CLASSES] == i % CLASSES);
  }
}
