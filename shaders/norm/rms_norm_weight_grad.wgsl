// dw[c] = sum over rows of dy[r, c] x[r, c] rstd[r].
// Constants: ROWS, COLUMNS. A workgroup makes 4 columns: its invocations share the rows.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
const SHARES = 16u;
// As in layer_norm_weight_grad.wgsl.
const TOGETHER = 2u;
var<workgroup> partial: array<f32, 4u * TOGETHER>;

@compute @workgroup_size(4, SHARES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = group.x * 4u + local.x;
  let at = min(column, COLUMNS - 1u); // past the end, the last column again, not stored
  var sum = 0.0;
  for (var row = local.y; row < ROWS; row += SHARES) {
    let i = row * COLUMNS + at;
    sum += dy[i] * x[i] * rstd[row];
  }
  let own = local.y % TOGETHER * 4u + local.x;
  for (var turn = 0u; turn < SHARES / TOGETHER; turn++) {
    if (local.y / TOGETHER == turn) {
      partial[own] = sum + select(partial[own], 0.0, turn == 0u);
    }
    workgroupBarrier();
  }
  if (local.y == 0u && column < COLUMNS) {
    var total = 0.0;
    for (var i = 0u; i < TOGETHER; i++) {
      total += partial[i * 4u + local.x];
    }
    dw[column] = total;
  }
}
