// y[b, o, p] = epilogue(sum over c, kh, kw of w[o, c, kh, kw] x[b, c, pixel of p under (kh, kw)]).
// Constants: C, O (channels in, out), H, W, OH, OW, KH, KW, STRIDE_*, PAD_*, PADDED (0 or 1).
// An invocation makes 4 output channels × 4 pixels; neighbours have adjacent pixels and the same weights.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const PIXELS = OH * OW;

fn store(image: u32, o: u32, p: u32, value: f32) {
  if (o < O && p < PIXELS) {
    let i = (image * O + o) * PIXELS + p;
    y[i] = epilogue(value, i);
  }
}

fn store_row(image: u32, o: u32, p: u32, values: vec4f) {
  store(image, o, p, values.x);
  store(image, o, p + 16u, values.y);
  store(image, o, p + 32u, values.z);
  store(image, o, p + 48u, values.w);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p0 = group.x * 64u + local.x;
  let o0 = (group.y * 4u + local.y) * 4u;
  let image = group.z;
  if (o0 >= O || p0 >= PIXELS) {
    return;
  }
  let p = min(p0 + vec4u(0u, 16u, 32u, 48u), vec4u(PIXELS - 1u));
  let row = p / OW;
  let top = vec4i(row * STRIDE_H) - i32(PAD_H);
  let left = vec4i((p - row * OW) * STRIDE_W) - i32(PAD_W);
  let o = min(o0 + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u)) * (C * KH * KW);
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  for (var kh = 0u; kh < KH; kh++) {
    for (var kw = 0u; kw < KW; kw++) {
      let r = top + i32(kh);
      let c = left + i32(kw);
      let inside = (r >= vec4i()) & (r < vec4i(i32(H))) & (c >= vec4i()) & (c < vec4i(i32(W)));
      var at_x = image * (C * H * W) + vec4u(select(vec4i(), r * i32(W) + c, inside));
      var at_w = o + kh * KW + kw;
      for (var channel = 0u; channel < C; channel++) {
        var v = vec4f(x[at_x.x], x[at_x.y], x[at_x.z], x[at_x.w]);
        if (PADDED == 1u) {
          v = select(vec4f(), v, inside);
        }
        y0 += w[at_w.x] * v;
        y1 += w[at_w.y] * v;
        y2 += w[at_w.z] * v;
        y3 += w[at_w.w] * v;
        at_x += H * W;
        at_w += KH * KW;
      }
    }
  }
  store_row(image, o0, p0, y0);
  store_row(image, o0 + 1u, p0, y1);
  store_row(image, o0 + 2u, p0, y2);
  store_row(image, o0 + 3u, p0, y3);
}
