// dx[b, c, q] = epilogue(sum of dy over the windows whose maximum came from q).
// Constants as in max_pool2d.wgsl.
// use: index, quotient
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> at: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

const LARGEST = PLANES * H * W;
// Windows that do not overlap: an invocation has one and the pixels up to the next. Blocks of them in an image:
const APART = STRIDE_H >= KH && STRIDE_W >= KW;
const DOWN = (H + PAD_H + STRIDE_H - 1u) / STRIDE_H;
const ACROSS = (W + PAD_W + STRIDE_W - 1u) / STRIDE_W;

fn block(i: u32) {
  let line = quotient(i, ACROSS);
  let plane = quotient(line, DOWN);
  let r = line - plane * DOWN;
  let c = i - line * ACROSS;
  let window = (plane * OH + min(r, OH - 1u)) * OW + min(c, OW - 1u);
  let exists = r < OH && c < OW && plane < PLANES;
  let place = select(KH * KW, at[window], exists);
  let value = dy[window];
  for (var kh = 0u; kh < STRIDE_H; kh++) {
    // unroll
    for (var kw = 0u; kw < STRIDE_W; kw++) {
      let row = r * STRIDE_H + kh - PAD_H; // before the first, a huge number
      let column = c * STRIDE_W + kw - PAD_W;
      if (row < H && column < W && plane < PLANES) {
        let q = (plane * H + row) * W + column;
        dx[q] = epilogue(select(0.0, value, kh < KH && kw < KW && place == kh * KW + kw), q);
      }
    }
  }
}

// dy of the window at (r, c) if its maximum came from this row and column.
fn from_window(plane: u32, r: u32, c: u32, row: u32, column: u32) -> f32 {
  let window = (plane * OH + r) * OW + c;
  let place = (row - r * STRIDE_H) * KW + column - c * STRIDE_W;
  return select(0.0, dy[window], at[window] == place);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (APART) {
    block(i);
    return;
  }
  if (i >= PLANES * H * W) {
    return;
  }
  let line = quotient(i, W);
  let plane = quotient(line, H);
  let row = line - plane * H + PAD_H;
  let column = i - line * W + PAD_W;
  var sum = 0.0;
  // Windows at `first..=row / STRIDE_H` cover this row; the same for columns.
  let first_row = (max(row + STRIDE_H, KH) - KH) / STRIDE_H;
  let first_column = (max(column + STRIDE_W, KW) - KW) / STRIDE_W;
  for (var r = first_row; r <= min(row / STRIDE_H, OH - 1u); r++) {
    for (var c = first_column; c <= min(column / STRIDE_W, OW - 1u); c++) {
      sum += from_window(plane, r, c, row, column);
    }
  }
  dx[i] = epilogue(sum, i);
}
