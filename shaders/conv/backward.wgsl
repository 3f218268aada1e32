// dx[b, c, q] = epilogue(sum over o, kh, kw of w[o, c, kh, kw] dy[b, o, output whose (kh, kw) falls on q]): what the
// kernels share. Constants as in forward.wgsl, but PADDED.
// use: pixels, weights, store_tile
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
const TAPS = KH * KW;
const LARGEST = TAPS * O;
const CHANNELS = C;
const PIXELS = H * W;
const WIDTH = W;
const READ = O * OH * OW;
// Whether all tiles are full.
const EVEN = C % 8u == 0u && (B * PIXELS) % GROUP_PIXELS == 0u;
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

// Pixels of x: the lowest and rightmost outputs that see them, before the stride.
fn seen(q: vec4u) -> Pixels { return pixels(q, vec2u(1u), vec2i(vec2u(PAD_H, PAD_W))); }

// The outputs that see the pixels at (kh, kw), in channel 0, and whether there are such outputs.
struct Outputs {
  at: vec4u,
  exist: vec4<bool>,
}

fn outputs(seen: Pixels, kh: u32, kw: u32) -> Outputs {
  var r = seen.row - i32(kh);
  var c = seen.column - i32(kw);
  var exist = (r >= vec4i()) & (c >= vec4i());
  if (STRIDE_H * STRIDE_W > 1u) {
    exist &= (r % i32(STRIDE_H) == vec4i()) & (c % i32(STRIDE_W) == vec4i());
    r /= i32(STRIDE_H);
    c /= i32(STRIDE_W);
  }
  exist &= (r < vec4i(i32(OH))) & (c < vec4i(i32(OW)));
  return Outputs(seen.image + vec4u(select(vec4i(), r * i32(OW) + c, exist)), exist);
}

fn fetch(at: vec4u, exist: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]), exist);
}
