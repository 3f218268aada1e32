// dx[b, c, q] = epilogue(sum over o, kh, kw of w[o, c, kh, kw] dy[b, o, output whose (kh, kw) falls on q]).
// Constants as in conv2d.wgsl. An invocation makes 8 input channels × 8 input pixels.
// use: quotient, tile, store_tile, outputs
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
const TAPS = KH * KW;
const LARGEST = TAPS * O;
const PIXELS = H * W;
// Whether all tiles are full.
const EVEN = C % 8u == 0u && (B * PIXELS) % (8u * LANES) == 0u;
// For the epilogue.
var<private> channel: u32;

// `place`: of the pixel in channel 0. Dividing for each number would take longer than all else.
fn store(c: u32, q: u32, place: u32, value: f32) {
  if (EVEN || (c < C && q < B * PIXELS)) {
    let i = place + c * PIXELS;
    channel = c;
    dx[i] = epilogue(value, i);
  }
}

fn fetch(at: vec4u, exist: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]), exist);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let q0 = group.x * 8u * LANES + lane + LANES * vec4u(0u, 1u, 2u, 3u);
  let q1 = q0 + 4u * LANES;
  let c0 = group.y * 8u;
  let seen0 = seen(q0);
  let seen1 = seen(q1);
  let columns0 = min(c0 + vec4u(0u, 1u, 2u, 3u), vec4u(C - 1u)) * (KH * KW);
  let columns1 = min(c0 + vec4u(4u, 5u, 6u, 7u), vec4u(C - 1u)) * (KH * KW);
  var x00 = mat4x4f();
  var x01 = mat4x4f();
  var x10 = mat4x4f();
  var x11 = mat4x4f();
  // One loop, not three: on software adapters each loop around the tile costs as much as its body.
  for (var t = 0u; t < TAPS * (O); t++) {
    let tap = quotient(t, O);
    let o = (t - tap * (O));
    let kh = quotient(tap, KW);
    let kw = tap - kh * KW;
    let outputs0 = outputs(seen0, kh, kw);
    let outputs1 = outputs(seen1, kh, kw);
    var at0 = outputs0.at;
    var at1 = outputs1.at;
    var at_w0 = columns0 + kh * KW + kw;
    var at_w1 = columns1 + kh * KW + kw;
    at0 += o * (OH * OW);
    at1 += o * (OH * OW);
    at_w0 += o * (C * KH * KW);
    at_w1 += o * (C * KH * KW);
    let v0 = fetch(at0, outputs0.exist);
    let v1 = fetch(at1, outputs1.exist);
    let w0 = vec4f(w[at_w0.x], w[at_w0.y], w[at_w0.z], w[at_w0.w]);
    let w1 = vec4f(w[at_w1.x], w[at_w1.y], w[at_w1.z], w[at_w1.w]);
    x00 += outer(w0, v0);
    x01 += outer(w0, v1);
    x10 += outer(w1, v0);
    x11 += outer(w1, v1);
  }
  store_tile(c0, q0, seen0.place, x00);
  store_tile(c0, q1, seen1.place, x01);
  store_tile(c0 + 4u, q0, seen0.place, x10);
  store_tile(c0 + 4u, q1, seen1.place, x11);
}
