// dx = rstd (g - h mean of g h) by rows, g = dy w, h = x rstd. One invocation a row.
// Constants: ROWS, COLUMNS.
// use: index
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local);
  if (row >= ROWS) {
    return;
  }
  let start = row * COLUMNS;
  let scale = rstd[row];
  var dot = 0.0;
  for (var c = 0u; c < COLUMNS; c++) {
    dot += dy[start + c] * w[c] * x[start + c];
  }
  dot *= scale * scale / f32(COLUMNS);
  for (var c = 0u; c < COLUMNS; c++) {
    let i = start + c;
    dx[i] = epilogue(scale * (dy[i] * w[c] - x[i] * dot), i);
  }
}
