// y = columns START .. START + LENGTH of each row of x. Constants: COUNT (elements of y), ROW (of a row of x).
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let row = i / LENGTH;
    y[i] = epilogue(x[row * ROW + START + i - row * LENGTH], i);
  }
}
