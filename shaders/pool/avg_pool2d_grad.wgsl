// dx[b, c, q] = epilogue(sum of dy over the windows that cover q, divided by the window's size).
// Constants as in max_pool2d.wgsl.
// use: index
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;

// Windows that do not overlap: at most one covers a pixel, and no loop is needed.
const APART = STRIDE_H >= KH && STRIDE_W >= KW;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= PLANES * H * W) {
    return;
  }
  let line = i / W;
  let plane = i / (H * W);
  let row = line - plane * H + PAD_H;
  let column = i - line * W + PAD_W;
  if (APART) {
    let r = min(row / STRIDE_H, OH - 1u);
    let c = min(column / STRIDE_W, OW - 1u);
    let covered = row - r * STRIDE_H < KH && column - c * STRIDE_W < KW;
    dx[i] = epilogue(select(0.0, dy[(plane * OH + r) * OW + c] / f32(KH * KW), covered), i);
    return;
  }
  var sum = 0.0;
  let first_row = (max(row + STRIDE_H, KH) - KH) / STRIDE_H;
  let first_column = (max(column + STRIDE_W, KW) - KW) / STRIDE_W;
  for (var r = first_row; r <= min(row / STRIDE_H, OH - 1u); r++) {
    for (var c = first_column; c <= min(column / STRIDE_W, OW - 1u); c++) {
      sum += dy[plane * OH * OW + r * OW + c];
    }
  }
  dx[i] = epilogue(sum / f32(KH * KW), i);
}
