// y[b, c, i, j] = max of x under the window; at[b, c, i, j] = which place of the window it came from.
// Constants: PLANES (batch × channels), H, W, OH, OW, KH, KW, STRIDE_*, PAD_*.
// use: index, quotient
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> at: array<u32>;
const LARGEST = PLANES * OH * OW;
// Whether all windows lie inside.
const INSIDE = PAD_H + PAD_W == 0u && (OH - 1u) * STRIDE_H + KH <= H && (OW - 1u) * STRIDE_W + KW <= W;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= PLANES * OH * OW) {
    return;
  }
  let line = quotient(i, OW);
  let plane = quotient(line, OH);
  let row = line - plane * OH;
  let column = i - line * OW;
  var best = -3.4028234e38;
  var place = 0u;
  for (var kh = 0u; kh < KH; kh++) {
    // unroll
    for (var kw = 0u; kw < KW; kw++) {
      let r = i32(row * STRIDE_H + kh) - i32(PAD_H);
      let c = i32(column * STRIDE_W + kw) - i32(PAD_W);
      let inside = INSIDE || (r >= 0 && r < i32(H) && c >= 0 && c < i32(W));
      let value = x[plane * H * W + u32(select(0, r * i32(W) + c, inside))];
      let better = inside && value > best;
      best = select(best, value, better);
      place = select(place, kh * KW + kw, better);
    }
  }
  y[i] = best;
  at[i] = place;
}
