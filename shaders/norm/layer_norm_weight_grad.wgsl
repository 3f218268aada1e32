// dw[c] = sum over rows of dy[r, c] (x[r, c] - mean[r]) rstd[r], db[c] = sum over rows of dy[r, c].
// Constants: ROWS, COLUMNS. A workgroup makes 4 columns: its invocations share the rows.
// use: turns
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read_write> dw: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<f32>;
alias Number = vec2f;
const SUMS = 4u;
const SHARES = 16u;
const TOGETHER = 4u;

@compute @workgroup_size(SUMS, SHARES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = group.x * SUMS + local.x;
  let at = min(column, COLUMNS - 1u); // past the end, the last column again, not stored
  var sums = vec2f();
  for (var row = local.y; row < ROWS; row += SHARES) {
    let i = row * COLUMNS + at;
    sums += dy[i] * vec2f((x[i] - mean[row]) * rstd[row], 1.0);
  }
  add_up(sums, local.x, local.y);
  if (local.y == 0u && column < COLUMNS) {
    let sum = total(local.x);
    dw[column] = sum.x;
    db[column] = sum.y;
  }
}
