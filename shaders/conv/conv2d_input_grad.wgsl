// dx[b, c, q] = epilogue(sum over o, kh, kw of w[o, c, kh, kw] dy[b, o, output whose (kh, kw) falls on q]).
// Constants as in conv2d.wgsl. An invocation makes 8 input channels × 8 input pixels.
// use: tile, store_tile
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
const PIXELS = H * W;
const STRIDED = STRIDE_H * STRIDE_W > 1u;

fn store(c: u32, q: u32, value: f32) {
  if (c < C && q < B * PIXELS) {
    let i = ((q / PIXELS) * C + c) * PIXELS + q % PIXELS;
    dx[i] = epilogue(value, i);
  }
}

// Four input pixels: the lowest and rightmost outputs that see them, before the stride.
struct Corner {
  image: vec4u,
  bottom: vec4i,
  right: vec4i,
}

fn corner(pixels: vec4u) -> Corner {
  let q = min(pixels, vec4u(B * PIXELS - 1u)); // past the end, the last pixel again, not stored
  let image = q / PIXELS;
  let p = q - image * PIXELS;
  let row = p / W;
  return Corner(image * (O * OH * OW), vec4i(row + PAD_H), vec4i(p - row * W + PAD_W));
}

// The outputs that see the pixels at (kh, kw), and whether there are such outputs.
struct Outputs {
  at: vec4u,
  exist: vec4<bool>,
}

fn outputs(corner: Corner, kh: u32, kw: u32) -> Outputs {
  var r = corner.bottom - i32(kh);
  var c = corner.right - i32(kw);
  var exist = (r >= vec4i()) & (c >= vec4i());
  if (STRIDED) {
    exist &= (r % i32(STRIDE_H) == vec4i()) & (c % i32(STRIDE_W) == vec4i());
    r /= i32(STRIDE_H);
    c /= i32(STRIDE_W);
  }
  exist &= (r < vec4i(i32(OH))) & (c < vec4i(i32(OW)));
  return Outputs(corner.image + vec4u(select(vec4i(), r * i32(OW) + c, exist)), exist);
}

fn fetch(at: vec4u, exist: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]), exist);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let q0 = group.x * 512u + lane + vec4u(0u, 64u, 128u, 192u);
  let q1 = q0 + 256u;
  let c0 = group.y * 8u;
  let corner0 = corner(q0);
  let corner1 = corner(q1);
  let columns0 = min(c0 + vec4u(0u, 1u, 2u, 3u), vec4u(C - 1u)) * (KH * KW);
  let columns1 = min(c0 + vec4u(4u, 5u, 6u, 7u), vec4u(C - 1u)) * (KH * KW);
  var x00 = mat4x4f();
  var x01 = mat4x4f();
  var x10 = mat4x4f();
  var x11 = mat4x4f();
  for (var kh = 0u; kh < KH; kh++) {
    for (var kw = 0u; kw < KW; kw++) {
      let outputs0 = outputs(corner0, kh, kw);
      let outputs1 = outputs(corner1, kh, kw);
      var at0 = outputs0.at;
      var at1 = outputs1.at;
      var at_w0 = columns0 + kh * KW + kw;
      var at_w1 = columns1 + kh * KW + kw;
      for (var o = 0u; o < O; o++) {
        let v0 = fetch(at0, outputs0.exist);
        let v1 = fetch(at1, outputs1.exist);
        let w0 = vec4f(w[at_w0.x], w[at_w0.y], w[at_w0.z], w[at_w0.w]);
        let w1 = vec4f(w[at_w1.x], w[at_w1.y], w[at_w1.z], w[at_w1.w]);
        x00 += outer(w0, v0);
        x01 += outer(w0, v1);
        x10 += outer(w1, v0);
        x11 += outer(w1, v1);
        at0 += OH * OW;
        at1 += OH * OW;
        at_w0 += C * KH * KW;
        at_w1 += C * KH * KW;
      }
    }
  }
  store_tile(c0, q0, x00);
  store_tile(c0, q1, x01);
  store_tile(c0 + 4u, q0, x10);
  store_tile(c0 + 4u, q1, x11);
}
