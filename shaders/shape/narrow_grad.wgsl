// dx = dy in columns START .. START + LENGTH of each row, 0 elsewhere. Constants: COUNT (elements of dx), ROW (of a row).
// use: index
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let row = i / ROW;
    let column = i - row * ROW - START; // wraps around before START
    var value = 0.0;
    if (column < LENGTH) {
      value = dy[row * LENGTH + column];
    }
    dx[i] = epilogue(value, i);
  }
}
