// y[b, c, i, j] = mean of x under the window; padding counts as zeros.
// Constants as in max_pool2d.wgsl.
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= PLANES * OH * OW) {
    return;
  }
  let line = i / OW;
  let plane = i / (OH * OW);
  let row = line - plane * OH;
  let column = i - line * OW;
  var sum = 0.0;
  for (var kh = 0u; kh < KH; kh++) {
    for (var kw = 0u; kw < KW; kw++) {
      let r = i32(row * STRIDE_H + kh) - i32(PAD_H);
      let c = i32(column * STRIDE_W + kw) - i32(PAD_W);
      if (r >= 0 && r < i32(H) && c >= 0 && c < i32(W)) {
        sum += x[plane * H * W + u32(r) * W + u32(c)];
      }
    }
  }
  y[i] = epilogue(sum / f32(KH * KW), i);
}
