// dw[o, k] = sum over b, p of dy[b, o, p] x[b, pixel of p under k], k = (c, kh, kw) flattened;
// db[o] = sum over b, p of dy[b, o, p].
// Constants as in conv2d.wgsl, and B (images). A workgroup makes 4 × 4 of dw: its invocations share
// the pixels, and add up at the end behind the only barrier.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;
const PIXELS = OH * OW;
const KS = C * KH * KW;
var<workgroup> partial: array<vec4f, 320>; // of each invocation: four rows of dw, db

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let k0 = group.x * 4u;
  let o0 = group.y * 4u;
  let k = min(k0 + vec4u(0u, 1u, 2u, 3u), vec4u(KS - 1u));
  let o = min(o0 + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u));
  let channel = k / (KH * KW);
  let kh = (k / KW) % KH;
  let kw = k % KW;
  var w0 = vec4f();
  var w1 = vec4f();
  var w2 = vec4f();
  var w3 = vec4f();
  var bias = vec4f();
  for (var p = lane; p < PIXELS; p += 64u) {
    let row = p / OW;
    let r = vec4i(row * STRIDE_H + kh) - i32(PAD_H);
    let c = vec4i((p - row * OW) * STRIDE_W + kw) - i32(PAD_W);
    let inside = (r >= vec4i()) & (r < vec4i(i32(H))) & (c >= vec4i()) & (c < vec4i(i32(W)));
    var at_x = channel * (H * W) + vec4u(select(vec4i(), r * i32(W) + c, inside));
    var at_dy = o * PIXELS + p;
    for (var b = 0u; b < B; b++) {
      var v = vec4f(x[at_x.x], x[at_x.y], x[at_x.z], x[at_x.w]);
      if (PADDED == 1u) {
        v = select(vec4f(), v, inside);
      }
      let d = vec4f(dy[at_dy.x], dy[at_dy.y], dy[at_dy.z], dy[at_dy.w]);
      w0 += d.x * v;
      w1 += d.y * v;
      w2 += d.z * v;
      w3 += d.w * v;
      bias += d;
      at_x += C * H * W;
      at_dy += O * PIXELS;
    }
  }
  partial[lane] = w0;
  partial[64u + lane] = w1;
  partial[128u + lane] = w2;
  partial[192u + lane] = w3;
  partial[256u + lane] = bias;
  workgroupBarrier();
  if (lane < 5u) {
    var sum = vec4f();
    for (var i = 0u; i < 64u; i++) {
      sum += partial[lane * 64u + i];
    }
    for (var j = 0u; j < 4u; j++) {
      if (lane < 4u) {
        if (o0 + lane < O && k0 + j < KS) {
          dw[(o0 + lane) * KS + k0 + j] = sum[j];
        }
      } else if (k0 == 0u && o0 + j < O) {
        db[o0 + j] = sum[j];
      }
    }
  }
}
