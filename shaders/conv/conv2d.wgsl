// y[b, o, p] = epilogue(sum over c, kh, kw of w[o, c, kh, kw] x[b, c, pixel of p under (kh, kw)]).
// Constants: B (images), C, O (channels in, out), H, W, OH, OW, KH, KW, STRIDE_*, PAD_*, PADDED (0 or 1); LANES (invocations of a workgroup).
// An invocation makes 8 output channels × 8 pixels (of all images in a row) in registers: four loads
// for sixteen multiply-adds. Neighbours have adjacent pixels and the same weights; no barriers.
// use: quotient, tile, store_tile, corner
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const TAPS = KH * KW;
const LARGEST = TAPS * C;
const PIXELS = OH * OW;
// Whether all tiles are full.
const EVEN = O % 8u == 0u && (B * PIXELS) % (8u * LANES) == 0u;
// For the epilogue.
var<private> channel: u32;

// `place`: of the pixel in channel 0. Dividing for each number would take longer than all else.
fn store(o: u32, q: u32, place: u32, value: f32) {
  if (EVEN || (o < O && q < B * PIXELS)) {
    let i = place + o * PIXELS;
    channel = o;
    y[i] = epilogue(value, i);
  }
}

fn is_inside(r: vec4i, c: vec4i) -> vec4<bool> {
  return (r >= vec4i()) & (r < vec4i(i32(H))) & (c >= vec4i()) & (c < vec4i(i32(W)));
}

fn fetch(at: vec4u, inside: vec4<bool>) -> vec4f {
  let v = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  if (PADDED == 1u) {
    return select(vec4f(), v, inside);
  }
  return v;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let q0 = group.x * 8u * LANES + lane + LANES * vec4u(0u, 1u, 2u, 3u);
  let q1 = q0 + 4u * LANES;
  let o0 = group.y * 8u;
  let corner0 = corner(q0);
  let corner1 = corner(q1);
  let rows0 = min(o0 + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u)) * (C * KH * KW);
  let rows1 = min(o0 + vec4u(4u, 5u, 6u, 7u), vec4u(O - 1u)) * (C * KH * KW);
  var y00 = mat4x4f();
  var y01 = mat4x4f();
  var y10 = mat4x4f();
  var y11 = mat4x4f();
  // One loop, not three: on software adapters each loop around the tile costs as much as its body.
  for (var t = 0u; t < TAPS * (C); t++) {
    let tap = quotient(t, C);
    let c = (t - tap * (C));
    let kh = quotient(tap, KW);
    let kw = tap - kh * KW;
    let r0 = corner0.top + i32(kh);
    let c0 = corner0.left + i32(kw);
    let r1 = corner1.top + i32(kh);
    let c1 = corner1.left + i32(kw);
    let inside0 = is_inside(r0, c0);
    let inside1 = is_inside(r1, c1);
    var at0 = corner0.image + vec4u(select(vec4i(), r0 * i32(W) + c0, inside0));
    var at1 = corner1.image + vec4u(select(vec4i(), r1 * i32(W) + c1, inside1));
    var at_w0 = rows0 + kh * KW + kw;
    var at_w1 = rows1 + kh * KW + kw;
    at0 += c * (H * W);
    at1 += c * (H * W);
    at_w0 += c * TAPS;
    at_w1 += c * TAPS;
    let v0 = fetch(at0, inside0);
    let v1 = fetch(at1, inside1);
    let w0 = vec4f(w[at_w0.x], w[at_w0.y], w[at_w0.z], w[at_w0.w]);
    let w1 = vec4f(w[at_w1.x], w[at_w1.y], w[at_w1.z], w[at_w1.w]);
    y00 += outer(w0, v0);
    y01 += outer(w0, v1);
    y10 += outer(w1, v0);
    y11 += outer(w1, v1);
  }
  store_tile(o0, q0, corner0.place, y00);
  store_tile(o0, q1, corner1.place, y01);
  store_tile(o0 + 4u, q0, corner0.place, y10);
  store_tile(o0 + 4u, q1, corner1.place, y11);
}
