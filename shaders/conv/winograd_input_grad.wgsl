// dx[b, c, q] = epilogue(sum over the tiles over q of (B dv Bᵀ) there), dv[4 i + j, c, p] as in winograd_input.wgsl.
// Rows of B: (1, 0, 0, 0), (0, 1, -1, 1), (-1, 1, 1, 0), (0, 0, 0, -1): a pixel in the first or second row of a tile is in the
// third or fourth of the tile above, and takes four places of the two; the same for columns.
// Constants as in winograd_input.wgsl.
// use: index, quotient
@group(0) @binding(0) var<storage, read> dv: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;

const LARGEST = B * C * H * W;

// In one dimension: how many tiles back, which place there, and its sign (0 where there is no such tile).
struct Terms {
  back: vec4u,
  place: vec4u,
  sign: vec4f,
}

fn terms(pixel: u32, count: u32) -> Terms {
  let second = vec4<bool>(pixel % 2u == 1u);
  let back = select(vec4u(0u, 1u, 1u, 1u), vec4u(0u, 0u, 0u, 1u), second);
  let place = select(vec4u(0u, 0u, 1u, 2u), vec4u(1u, 2u, 3u, 3u), second);
  let sign = select(vec4f(1.0, -1.0, 1.0, 1.0), vec4f(1.0, -1.0, 1.0, -1.0), second);
  let tile = pixel / 2u;
  let exists = (back <= vec4u(tile)) & (tile - min(back, vec4u(tile)) < vec4u(count));
  return Terms(select(vec4u(tile), back, exists), place, select(vec4f(), sign, exists));
}

fn sum_of(at: vec4u, sign: vec4f) -> f32 {
  return dot(vec4f(dv[at.x], dv[at.y], dv[at.z], dv[at.w]), sign);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= B * C * H * W) {
    return;
  }
  let line = quotient(i, W);
  let plane = quotient(line, H);
  let b = quotient(plane, C);
  let row = line - plane * H + PAD_H;
  let column = i - line * W + PAD_W;
  let down = terms(row, TH);
  let across = terms(column, TW);
  let first = (plane - b * C) * P + b * (TH * TW);
  let rows = 4u * (C * P) * down.place + first + (row / 2u - down.back) * TW;
  let columns = (C * P) * across.place + column / 2u - across.back;
  let sums = vec4f(
    sum_of(rows.x + columns, across.sign),
    sum_of(rows.y + columns, across.sign),
    sum_of(rows.z + columns, across.sign),
    sum_of(rows.w + columns, across.sign),
  );
  dx[i] = epilogue(dot(sums, down.sign), i);
}
