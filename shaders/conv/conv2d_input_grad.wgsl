// dx[b, c, q] = epilogue(sum over o, kh, kw of w[o, c, kh, kw] dy[b, o, output whose (kh, kw) falls on q]).
// Constants as in conv2d.wgsl. An invocation makes 4 input channels × 4 input pixels.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
const PIXELS = H * W;
const STRIDED = STRIDE_H * STRIDE_W > 1u;

fn store(image: u32, c: u32, q: u32, value: f32) {
  if (c < C && q < PIXELS) {
    let i = (image * C + c) * PIXELS + q;
    dx[i] = epilogue(value, i);
  }
}

fn store_row(image: u32, c: u32, q: u32, values: vec4f) {
  store(image, c, q, values.x);
  store(image, c, q + 16u, values.y);
  store(image, c, q + 32u, values.z);
  store(image, c, q + 48u, values.w);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let q0 = group.x * 64u + local.x;
  let c0 = (group.y * 4u + local.y) * 4u;
  let image = group.z;
  if (c0 >= C || q0 >= PIXELS) {
    return;
  }
  let q = min(q0 + vec4u(0u, 16u, 32u, 48u), vec4u(PIXELS - 1u));
  let row = q / W;
  let bottom = vec4i(row + PAD_H);
  let right = vec4i(q - row * W + PAD_W);
  let c = min(c0 + vec4u(0u, 1u, 2u, 3u), vec4u(C - 1u)) * (KH * KW);
  var x0 = vec4f();
  var x1 = vec4f();
  var x2 = vec4f();
  var x3 = vec4f();
  for (var kh = 0u; kh < KH; kh++) {
    for (var kw = 0u; kw < KW; kw++) {
      var r = bottom - i32(kh);
      var s = right - i32(kw);
      var inside = (r >= vec4i()) & (s >= vec4i());
      if (STRIDED) {
        inside &= (r % i32(STRIDE_H) == vec4i()) & (s % i32(STRIDE_W) == vec4i());
        r /= i32(STRIDE_H);
        s /= i32(STRIDE_W);
      }
      inside &= (r < vec4i(i32(OH))) & (s < vec4i(i32(OW)));
      var at_dy = image * (O * OH * OW) + vec4u(select(vec4i(), r * i32(OW) + s, inside));
      var at_w = c + kh * KW + kw;
      for (var o = 0u; o < O; o++) {
        let v = select(vec4f(), vec4f(dy[at_dy.x], dy[at_dy.y], dy[at_dy.z], dy[at_dy.w]), inside);
        x0 += w[at_w.x] * v;
        x1 += w[at_w.y] * v;
        x2 += w[at_w.z] * v;
        x3 += w[at_w.w] * v;
        at_dy += OH * OW;
        at_w += C * KH * KW;
      }
    }
  }
  store_row(image, c0, q0, x0);
  store_row(image, c0 + 1u, q0, x1);
  store_row(image, c0 + 2u, q0, x2);
  store_row(image, c0 + 3u, q0, x3);
}
