// As narrow.wgsl, for whole numbers: as floats, small ones would be flushed to zero.
// use: index
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let row = i / LENGTH;
    y[i] = x[row * ROW + START + i - row * LENGTH];
  }
}
