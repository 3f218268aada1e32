// y[b, o, p] = epilogue(sum over c, kh, kw of w[o, c, kh, kw] x[b, c, pixel of p under (kh, kw)]).
// Constants as in conv2d.wgsl; ACROSS, DOWN (invocations of a workgroup along pixels and channels). C is a multiple of 4.
// An invocation makes 8 output channels × 4 pixels of all images in a row, ACROSS apart, so that neighbours load
// neighbours. Of four input channels each invocation of a subgroup holds one's weights and broadcasts them.
// use: quotient, subgroup_tile, corner
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
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = vec4f();
  var y6 = vec4f();
  var y7 = vec4f();
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
    var at_w = (local.x % 4u) * TAPS + kh * KW + kw;
    at += c4 * (H * W);
    at_w += c4 * TAPS;
    let v = mat4x4f(
      fetch(at, inside),
      fetch(at + H * W, inside),
      fetch(at + 2u * H * W, inside),
      fetch(at + 3u * H * W, inside),
    );
    y0 += v * gathered(w[rows0.x + at_w]);
    y1 += v * gathered(w[rows0.y + at_w]);
    y2 += v * gathered(w[rows0.z + at_w]);
    y3 += v * gathered(w[rows0.w + at_w]);
    y4 += v * gathered(w[rows1.x + at_w]);
    y5 += v * gathered(w[rows1.y + at_w]);
    y6 += v * gathered(w[rows1.z + at_w]);
    y7 += v * gathered(w[rows1.w + at_w]);
  }
  store(o, q, corner.place, y0);
  store(o + 1u, q, corner.place, y1);
  store(o + 2u, q, corner.place, y2);
  store(o + 3u, q, corner.place, y3);
  store(o + 4u, q, corner.place, y4);
  store(o + 5u, q, corner.place, y5);
  store(o + 6u, q, corner.place, y6);
  store(o + 7u, q, corner.place, y7);
}
