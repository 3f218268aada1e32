// dw[o, c] = Gᵀ du[:, o, c] G; db[o] = sum over p of sums[o, p], the sums of the tiles of dy.
// Constants: O, C, P (tiles, a multiple of four).
// Workgroups of 32, as those of conv2d_weight_grad.wgsl: the two can share a dispatch.
// use: quotient
@group(0) @binding(0) var<storage, read> du: array<f32>;
@group(0) @binding(1) var<storage, read> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;

const LARGEST = O * C;

fn places(row: u32, i: u32) -> vec4f {
  let at = 4u * row * (O * C) + i;
  return vec4f(du[at], du[at + O * C], du[at + 2u * O * C], du[at + 3u * O * C]);
}

fn store(at: u32, t: vec4f) {
  dw[at] = t.x + 0.5 * (t.y + t.z);
  dw[at + 1u] = 0.5 * (t.y - t.z);
  dw[at + 2u] = 0.5 * (t.y + t.z) + t.w;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = group.x * 32u + local;
  if (i >= O * C) {
    return;
  }
  let u1 = places(1u, i);
  let u2 = places(2u, i);
  store(9u * i, places(0u, i) + 0.5 * (u1 + u2));
  store(9u * i + 3u, 0.5 * (u1 - u2));
  store(9u * i + 6u, 0.5 * (u1 + u2) + places(3u, i));
  let o = quotient(i, C);
  if (o * C == i) {
    var sum = vec4f();
    for (var p = 0u; p < P / 4u; p++) {
      sum += sums[o * (P / 4u) + p];
    }
    db[o] = sum.x + sum.y + sum.z + sum.w;
  }
}
