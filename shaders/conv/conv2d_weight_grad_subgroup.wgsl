// dw[o, k] = sum over b, p of dy[b, o, p] x[b, pixel of p under k], k = (c, kh, kw) flattened;
// db[o] = sum over b, p of dy[b, o, p].
// Constants as in conv2d_subgroup.wgsl. A workgroup makes 8 rows × 4 ACROSS columns of dw; its rows of invocations share
// the images, and add up at the end behind the only barrier. Of four pixels in a row, each invocation of a subgroup holds
// one's dy and broadcasts them.
// use: subgroup_tile
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;
const PIXELS = OH * OW;
const KS = C * KH * KW;
// Of each invocation eight rows of dw; then the sums of dy.
var<workgroup> partial: array<vec4f, 512>;
var<workgroup> sums: array<f32, 8u * DOWN>;

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
  let o = group.y * 8u;
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
  for (var b = local.y; b < B; b += DOWN) {
    for (var row = 0u; row < OH; row++) {
      for (var column = 0u; column < OW; column += 4u) {
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
    }
  }
  let lane = local.y * ACROSS + local.x;
  partial[lane] = y0;
  partial[64u + lane] = y1;
  partial[128u + lane] = y2;
  partial[192u + lane] = y3;
  partial[256u + lane] = y4;
  partial[320u + lane] = y5;
  partial[384u + lane] = y6;
  partial[448u + lane] = y7;
  let ones = vec4f(1.0);
  let all0 = vec4f(dot(gathered(sum0.x), ones), dot(gathered(sum0.y), ones), dot(gathered(sum0.z), ones), dot(gathered(sum0.w), ones));
  let all1 = vec4f(dot(gathered(sum1.x), ones), dot(gathered(sum1.y), ones), dot(gathered(sum1.z), ones), dot(gathered(sum1.w), ones));
  if (local.x == 0u) {
    // unroll
    for (var i = 0u; i < 4u; i++) {
      sums[i * DOWN + local.y] = all0[i];
      sums[(i + 4u) * DOWN + local.y] = all1[i];
    }
  }
  workgroupBarrier();
  for (var i = lane; i < 8u * ACROSS; i += 64u) {
    let row = i / ACROSS;
    let column = i % ACROSS;
    var total = vec4f();
    for (var j = 0u; j < DOWN; j++) {
      total += partial[row * 64u + j * ACROSS + column];
    }
    // unroll
    for (var j = 0u; j < 4u; j++) {
      let to = group.x * ACROSS * 4u + column + ACROSS * j;
      if (o + row < O && to < KS) {
        dw[(o + row) * KS + to] = total[j];
      }
    }
  }
  if (group.x == 0u && lane < 8u && o + lane < O) {
    var total = 0.0;
    for (var j = 0u; j < DOWN; j++) {
      total += sums[lane * DOWN + j];
    }
    db[o + lane] = total;
  }
}
