// dw[o, k] = sum over b, p of dy[b, o, p] x[b, pixel of p under k], k = (c, kh, kw) flattened;
// db[o] = sum over b, p of dy[b, o, p].
// Constants as in forward.wgsl and conv2d_subgroup.wgsl. An invocation makes 8 rows × 4 columns of dw, ACROSS apart. Of
// four pixels in a row, each invocation of a subgroup holds one's dy for its neighbours. No barriers, but few workgroups:
// for adapters with few cores.
// use: quotient, inputs, tile_subgroup
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;
const PIXELS = OH * OW;
const KS = C * KH * KW;
// Fours of pixels in a row.
const FOURS = (OW + 3u) / 4u;
const LARGEST = B * OH * FOURS;

fn store(o: u32, column: u32, place: u32, value: f32) {
  if (o < O && column < KS) {
    dw[o * KS + place] = value;
  }
}

// By one of all that have them: others add in another order.
fn store_sums(o: u32, first: bool, sums: vec4f) {
  let totals = gathered(sums) * vec4f(1.0);
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (first && o + j < O) {
      db[o + j] = totals[j];
    }
  }
}

// The pixels that the columns k look at from output (row, column).
fn window(image: u32, k: vec4u, offset: vec4u, row: u32, column: u32) -> vec4f {
  if (PADDED == 1u) {
    let r = vec4i(row * STRIDE_H + (k / KW) % KH) - i32(PAD_H);
    let c = vec4i(column * STRIDE_W + k % KW) - i32(PAD_W);
    let inputs = inputs(image + (k / (KH * KW)) * (H * W), r, c);
    return fetch(inputs.at, inputs.inside);
  }
  return fetch(image + offset + row * (STRIDE_H * W) + column * STRIDE_W, vec4<bool>(true));
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let o = (group.y * DOWN + local.y) * 8u;
  if (o >= O) {
    return;
  }
  let columns = group.x * ACROSS * 4u + local.x + ACROSS * vec4u(0u, 1u, 2u, 3u);
  let k = min(columns, vec4u(KS - 1u));
  let offset = (k / (KH * KW)) * (H * W) + ((k / KW) % KH) * W + k % KW;
  let order = neighbours(local.x);
  var tile: Tile;
  var sum0 = vec4f();
  var sum1 = vec4f();
  let rows0 = min(o + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u)) * PIXELS;
  let rows1 = min(o + vec4u(4u, 5u, 6u, 7u), vec4u(O - 1u)) * PIXELS;
  // One loop, not three: on software adapters each loop around the tile costs as much as its body.
  for (var t = 0u; t < B * OH * FOURS; t++) {
    let line = quotient(t, FOURS);
    let column = (t - line * FOURS) * 4u;
    let b = quotient(line, OH);
    let row = line - b * OH;
    let image = b * (C * H * W);
    let v = mat4x4f(
      window(image, k, offset, row, min(column + order.x, OW - 1u)),
      window(image, k, offset, row, min(column + order.y, OW - 1u)),
      window(image, k, offset, row, min(column + order.z, OW - 1u)),
      window(image, k, offset, row, min(column + order.w, OW - 1u)),
    );
    // Past the row's end, zeros.
    let own = column + order.x;
    let at = b * (O * PIXELS) + row * OW + min(own, OW - 1u);
    let exist = vec4<bool>(own < OW);
    let d0 = select(vec4f(), vec4f(dy[rows0.x + at], dy[rows0.y + at], dy[rows0.z + at], dy[rows0.w + at]), exist);
    let d1 = select(vec4f(), vec4f(dy[rows1.x + at], dy[rows1.y + at], dy[rows1.z + at], dy[rows1.w + at]), exist);
    tile = plus_product(tile, d0, d1, v);
    sum0 += d0;
    sum1 += d1;
  }
  store_tile(o, columns, columns, tile);
  let first = group.x == 0u && local.x == 0u;
  store_sums(o, first, sum0);
  store_sums(o + 4u, first, sum1);
}
