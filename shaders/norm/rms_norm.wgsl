// y[r, c] = x[r, c] rstd[r] w[c], rstd = 1 / sqrt(mean of x^2 + EPSILON). One invocation a row.
// Constants: ROWS, COLUMNS, EPSILON.
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> rstd: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local);
  if (row >= ROWS) {
    return;
  }
  let start = row * COLUMNS;
  var squares = 0.0;
  for (var c = 0u; c < COLUMNS; c++) {
    squares += x[start + c] * x[start + c];
  }
  let scale = inverseSqrt(squares / f32(COLUMNS) + EPSILON);
  for (var c = 0u; c < COLUMNS; c++) {
    y[start + c] = x[start + c] * scale * w[c];
  }
  rstd[row] = scale;
}
