// dw[o, k] = sum over b, p of dy[b, o, p] x[b, pixel of p under k], k = (c, kh, kw) flattened;
// db[o] = sum over b, p of dy[b, o, p].
// Constants as in forward.wgsl; DOWN. A workgroup makes 8 × 8 of dw: LANES of its invocations share the pixels, DOWN rows
// of them the samples, and they add up at the end.
// use: tile, inputs, turns
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;
const PIXELS = OH * OW;
const KS = C * KH * KW;
const LANES = 32u;
alias Number = vec4f;
// Rows 0..8 of dw in two halves, then db.
const SUMS = 18u;
const SHARES = LANES * DOWN;
const TOGETHER = 2u * DOWN;

// Where four of the k look, for one output pixel.
fn window(k: vec4u, row: u32, column: u32) -> Inputs {
  let r = vec4i(row * STRIDE_H + (k / KW) % KH) - i32(PAD_H);
  let c = vec4i(column * STRIDE_W + k % KW) - i32(PAD_W);
  return inputs((k / (KH * KW)) * (H * W), r, c);
}

@compute @workgroup_size(LANES, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let ks = group.x * 8u;
  let os = group.y * 8u;
  let k0 = min(ks + vec4u(0u, 1u, 2u, 3u), vec4u(KS - 1u));
  let k1 = min(ks + vec4u(4u, 5u, 6u, 7u), vec4u(KS - 1u));
  let o0 = min(os + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u)) * PIXELS;
  let o1 = min(os + vec4u(4u, 5u, 6u, 7u), vec4u(O - 1u)) * PIXELS;
  var w00 = mat4x4f();
  var w01 = mat4x4f();
  var w10 = mat4x4f();
  var w11 = mat4x4f();
  var b0 = vec4f();
  var b1 = vec4f();
  for (var p = local.x; p < PIXELS; p += LANES) {
    let row = p / OW;
    let window0 = window(k0, row, p - row * OW);
    let window1 = window(k1, row, p - row * OW);
    var at0 = window0.at + local.y * (C * H * W);
    var at1 = window1.at + local.y * (C * H * W);
    var at_dy0 = o0 + p + local.y * (O * PIXELS);
    var at_dy1 = o1 + p + local.y * (O * PIXELS);
    for (var b = local.y; b < B; b += DOWN) {
      let v0 = fetch(at0, window0.inside);
      let v1 = fetch(at1, window1.inside);
      let d0 = vec4f(dy[at_dy0.x], dy[at_dy0.y], dy[at_dy0.z], dy[at_dy0.w]);
      let d1 = vec4f(dy[at_dy1.x], dy[at_dy1.y], dy[at_dy1.z], dy[at_dy1.w]);
      w00 += outer(d0, v0);
      w01 += outer(d0, v1);
      w10 += outer(d1, v0);
      w11 += outer(d1, v1);
      b0 += d0;
      b1 += d1;
      at0 += DOWN * (C * H * W);
      at1 += DOWN * (C * H * W);
      at_dy0 += DOWN * (O * PIXELS);
      at_dy1 += DOWN * (O * PIXELS);
    }
  }
  var own = array<vec4f, SUMS>(
    w00[0], w01[0], w00[1], w01[1], w00[2], w01[2], w00[3], w01[3],
    w10[0], w11[0], w10[1], w11[1], w10[2], w11[2], w10[3], w11[3],
    b0, b1,
  );
  // As add_up, for all sums. No branch: software adapters go through one that nobody takes, but not around a loop.
  for (var turn = 0u; turn < SHARES / TOGETHER; turn++) {
    for (var i = select(SUMS, 0u, lane / TOGETHER == turn); i < SUMS; i++) {
      let at = i * TOGETHER + lane % TOGETHER;
      partials[at] = own[i] + select(partials[at], vec4f(), turn == 0u);
    }
    workgroupBarrier();
  }
  if (lane < SUMS) {
    var sum = total(lane); // a variable: software adapters find an element of it faster
    for (var j = 0u; j < 4u; j++) {
      let o = os + lane / 2u;
      let k = ks + (lane % 2u) * 4u + j;
      let channel = os + (lane - 16u) * 4u + j; // of db
      if (lane < 16u && o < O && k < KS) {
        dw[o * KS + k] = sum[j];
      } else if (lane >= 16u && ks == 0u && channel < O) {
        db[channel] = sum[j];
      }
    }
  }
}
