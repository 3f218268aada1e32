// dw[o, k] = sum over b, p of dy[b, o, p] x[b, pixel of p under k], k = (c, kh, kw) flattened;
// db[o] = sum over b, p of dy[b, o, p].
// Constants as in conv2d_subgroup.wgsl. An invocation makes 8 rows × 4 columns of dw, ACROSS apart. Of four pixels in a row,
// each invocation of a subgroup holds one's dy and broadcasts them. No barriers, but few workgroups: for adapters with
// few cores.
// use: quotient, subgroup_tile
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;
const PIXELS = OH * OW;
const KS = C * KH * KW;
// Fours of pixels in a row.
const FOURS = (OW + 3u) / 4u;
const LARGEST = B * OH * FOURS;

fn store(o: u32, columns: vec4u, values: vec4f) {
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (o < O && columns[j] < KS) {
      dw[o * KS + columns[j]] = values[j];
    }
  }
}

fn store_sum(o: u32, sum: f32) {
  let total = dot(gathered(sum), vec4f(1.0));
  if (o < O) {
    db[o] = total;
  }
}

// The pixels that the columns k look at from output (row, column).
fn fetch(image: u32, k: vec4u, offset: vec4u, row: u32, column: u32) -> vec4f {
  if (PADDED == 1u) {
    let r = vec4i(row * STRIDE_H + (k / KW) % KH) - i32(PAD_H);
    let c = vec4i(column * STRIDE_W + k % KW) - i32(PAD_W);
    let inside = (r >= vec4i()) & (r < vec4i(i32(H))) & (c >= vec4i()) & (c < vec4i(i32(W)));
    let at = image + (k / (KH * KW)) * (H * W) + vec4u(select(vec4i(), r * i32(W) + c, inside));
    return select(vec4f(), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
  }
  let at = image + offset + row * (STRIDE_H * W) + column * STRIDE_W;
  return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
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
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = vec4f();
  var y6 = vec4f();
  var y7 = vec4f();
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
      fetch(image, k, offset, row, column),
      fetch(image, k, offset, row, min(column + 1u, OW - 1u)),
      fetch(image, k, offset, row, min(column + 2u, OW - 1u)),
      fetch(image, k, offset, row, min(column + 3u, OW - 1u)),
    );
    // Past the row's end, zeros.
    let own = column + local.x % 4u;
    let at = b * (O * PIXELS) + row * OW + min(own, OW - 1u);
    let exist = vec4<bool>(own < OW);
    let d0 = select(vec4f(), vec4f(dy[rows0.x + at], dy[rows0.y + at], dy[rows0.z + at], dy[rows0.w + at]), exist);
    let d1 = select(vec4f(), vec4f(dy[rows1.x + at], dy[rows1.y + at], dy[rows1.z + at], dy[rows1.w + at]), exist);
    y0 += v * gathered(d0.x);
    y1 += v * gathered(d0.y);
    y2 += v * gathered(d0.z);
    y3 += v * gathered(d0.w);
    y4 += v * gathered(d1.x);
    y5 += v * gathered(d1.y);
    y6 += v * gathered(d1.z);
    y7 += v * gathered(d1.w);
    sum0 += d0;
    sum1 += d1;
  }
  store(o, columns, y0);
  store(o + 1u, columns, y1);
  store(o + 2u, columns, y2);
  store(o + 3u, columns, y3);
  store(o + 4u, columns, y4);
  store(o + 5u, columns, y5);
  store(o + 6u, columns, y6);
  store(o + 7u, columns, y7);
  if (group.x == 0u) {
    store_sum(o, sum0.x);
    store_sum(o + 1u, sum0.y);
    store_sum(o + 2u, sum0.z);
    store_sum(o + 3u, sum0.w);
    store_sum(o + 4u, sum1.x);
    store_sum(o + 5u, sum1.y);
    store_sum(o + 6u, sum1.z);
    store_sum(o + 7u, sum1.w);
  }
}
