// v[4 i + j, c, p] = (Bᵀ d B)[i, j], d being the 4 × 4 pixels of channel c under tile p (src/ops/winograd.rs).
// Constants: C, B, H, W, PAD_H, PAD_W; TH, TW (tiles of an image), P (tiles of all, a multiple of four: the last are empty).
// use: index, quotient
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> v: array<f32>;

const LARGEST = C * P;

fn pixels(at: i32, inside: vec4<bool>) -> vec4f {
  let i = vec4u(select(vec4i(), at + vec4i(0, 1, 2, 3), inside));
  return select(vec4f(), vec4f(x[i.x], x[i.y], x[i.z], x[i.w]), inside);
}

fn store(row: u32, at: u32, t: vec4f) {
  v[4u * row * (C * P) + at] = t.x - t.z;
  v[(4u * row + 1u) * (C * P) + at] = t.y + t.z;
  v[(4u * row + 2u) * (C * P) + at] = t.z - t.y;
  v[(4u * row + 3u) * (C * P) + at] = t.y - t.w;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local);
  if (at >= C * P) {
    return;
  }
  let c = quotient(at, P);
  let line = quotient(at - c * P, TW);
  let b = quotient(line, TH);
  let top = i32(2u * (line - b * TH)) - i32(PAD_H);
  let left = i32(2u * (at - c * P - line * TW)) - i32(PAD_W);
  let column = left + vec4i(0, 1, 2, 3);
  let across = (column >= vec4i()) & (column < vec4i(i32(W))) & vec4<bool>(b < B);
  let row = top + vec4i(0, 1, 2, 3);
  let down = (row >= vec4i()) & (row < vec4i(i32(H)));
  let first = i32((b * C + c) * (H * W)) + top * i32(W) + left;
  let d0 = pixels(first, across & vec4<bool>(down.x));
  let d1 = pixels(first + i32(W), across & vec4<bool>(down.y));
  let d2 = pixels(first + i32(2u * W), across & vec4<bool>(down.z));
  let d3 = pixels(first + i32(3u * W), across & vec4<bool>(down.w));
  store(0u, at, d0 - d2);
  store(1u, at, d1 + d2);
  store(2u, at, d2 - d1);
  store(3u, at, d1 - d3);
}
