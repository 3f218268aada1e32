// y[b, o, p] = epilogue(sum over c, kh, kw of w[o, c, kh, kw] x[b, c, pixel of p under (kh, kw)]): what the kernels share.
// Constants: B (images), C, O (channels in, out), H, W, OH, OW, KH, KW, STRIDE_*, PAD_*, PADDED (0 or 1); GROUP_PIXELS
// (pixels of a workgroup), from the kernel.
// use: pixels, inputs, weights, store_tile
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const TAPS = KH * KW;
const LARGEST = TAPS * C;
const CHANNELS = O;
const PIXELS = OH * OW;
const WIDTH = OW;
const READ = C * H * W;
// Whether all tiles are full.
const EVEN = O % 8u == 0u && (B * PIXELS) % GROUP_PIXELS == 0u;
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

// Pixels of y: the corners of their windows.
fn corners(q: vec4u) -> Pixels {
  return pixels(q, vec2u(STRIDE_H, STRIDE_W), -vec2i(vec2u(PAD_H, PAD_W)));
}

// What is under an element of the windows, in channel 0.
fn under(corners: Pixels, kh: u32, kw: u32) -> Inputs {
  return inputs(corners.image, corners.row + i32(kh), corners.column + i32(kw));
}
