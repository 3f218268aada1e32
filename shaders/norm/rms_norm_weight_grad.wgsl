// dw[c] = sum over rows of dy[r, c] x[r, c] rstd[r].
// Constants: ROWS, COLUMNS. A workgroup makes 4 columns: its invocations share the rows.
// use: turns
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
alias Number = f32;
const SUMS = 4u;
const SHARES = 16u;
const TOGETHER = 4u;

@compute @workgroup_size(SUMS, SHARES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = group.x * SUMS + local.x;
  let at = min(column, COLUMNS - 1u); // past the end, the last column again, not stored
  var sum = 0.0;
  for (var row = local.y; row < ROWS; row += SHARES) {
    let i = row * COLUMNS + at;
    sum += dy[i] * x[i] * rstd[row];
  }
  add_up(sum, local.x, local.y);
  if (local.y == 0u && column < COLUMNS) {
    dw[column] = total(local.x);
  }
}
