// y[r, c] = exp(x[r, c] - max of row r) / sum over the row. One invocation a row.
// Constants: ROWS, COLUMNS.
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local);
  if (row >= ROWS) {
    return;
  }
  let start = row * COLUMNS;
  var top = x[start];
  for (var c = 1u; c < COLUMNS; c++) {
    top = max(top, x[start + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < COLUMNS; c++) {
    let e = exp(x[start + c] - top);
    y[start + c] = e;
    sum += e;
  }
  for (var c = 0u; c < COLUMNS; c++) {
    y[start + c] /= sum;
  }
}
