// y[b, o, p] = epilogue(sum over c, kh, kw of w[o, c, kh, kw] x[b, c, pixel of p under (kh, kw)]).
// Constants as in conv2d.wgsl; ACROSS, DOWN (invocations of a workgroup along pixels and channels). C is a multiple of 4.
// An invocation makes 8 output channels × 4 pixels of all images in a row, ACROSS apart, so that neighbours load
// neighbours. Of four input channels each invocation of a subgroup holds one's weights for its neighbours.
// use: quotient, gathered, corner
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const PIXELS = OH * OW;
const TAPS = KH * KW;
const LARGEST = TAPS * C;
// Whether all tiles are full.
const EVEN = O % 8u == 0u && (B * PIXELS) % (4u * ACROSS) == 0u;
// For the epilogue.
var<private> channel: u32;

// `place`: of the pixels in channel 0. Dividing for each number would take longer than all else.
fn store(o: u32, q: vec4u, place: vec4u, values: vec4f) {
  channel = o;
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (EVEN || (o < O && q[j] < B * PIXELS)) {
      let i = place[j] + o * PIXELS;
      y[i] = epilogue(values[j], i);
    }
  }
}

fn fetch(at: vec4u, inside: vec4<bool>) -> vec4f {
  let v = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  if (PADDED == 1u) {
    return select(vec4f(), v, inside);
  }
  return v;
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let o = (group.y * DOWN + local.y) * 8u;
  if (o >= O) {
    return;
  }
  let q = group.x * ACROSS * 4u + local.x + ACROSS * vec4u(0u, 1u, 2u, 3u);
  let corner = corner(q);
  let order = neighbours(local.x);
  var tile: array<mat4x4f, 2>;
  // Past the last channel, the last ones again, not stored.
  let row = (vec4u(o) + vec4u(0u, 1u, 2u, 3u)) * (C * TAPS);
  let last = (O - 1u) * C * TAPS;
  let rows0 = min(row, vec4u(last));
  let rows1 = min(row + 4u * C * TAPS, vec4u(last));
  // One loop, not three: on software adapters each loop around the tile costs as much as its body.
  for (var t = 0u; t < TAPS * (C / 4u); t++) {
    let tap = quotient(t, C / 4u);
    let c4 = (t - tap * (C / 4u)) * 4u;
    let kh = quotient(tap, KW);
    let kw = tap - kh * KW;
    let r = corner.top + i32(kh);
    let c = corner.left + i32(kw);
    let inside = (r >= vec4i()) & (r < vec4i(i32(H))) & (c >= vec4i()) & (c < vec4i(i32(W)));
    var at = corner.image + vec4u(select(vec4i(), r * i32(W) + c, inside));
    var at_w = order.x * TAPS + kh * KW + kw;
    at += c4 * (H * W);
    at_w += c4 * TAPS;
    let v = mat4x4f(
      fetch(at + order.x * (H * W), inside),
      fetch(at + order.y * (H * W), inside),
      fetch(at + order.z * (H * W), inside),
      fetch(at + order.w * (H * W), inside),
    );
    let w0 = rows0 + at_w;
    let w1 = rows1 + at_w;
    tile[0] += v * transpose(gathered(vec4f(w[w0.x], w[w0.y], w[w0.z], w[w0.w])));
    tile[1] += v * transpose(gathered(vec4f(w[w1.x], w[w1.y], w[w1.z], w[w1.w])));
  }
  var result = tile;
  for (var r = 0u; r < 8u; r++) {
    store(o + r, q, corner.place, result[r / 4u][r % 4u]);
  }
}
