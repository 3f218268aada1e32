// u[4 i + j, o, c] = (G w Gᵀ)[i, j] of filter w[o, c] (src/ops/winograd.rs). Constant: COUNT (filters × channels).
// use: index
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;

fn store(row: u32, at: u32, t: vec3f) {
  u[4u * row * COUNT + at] = t.x;
  u[(4u * row + 1u) * COUNT + at] = 0.5 * (t.x + t.y + t.z);
  u[(4u * row + 2u) * COUNT + at] = 0.5 * (t.x - t.y + t.z);
  u[(4u * row + 3u) * COUNT + at] = t.z;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= COUNT) {
    return;
  }
  let w0 = vec3f(w[9u * i], w[9u * i + 1u], w[9u * i + 2u]);
  let w1 = vec3f(w[9u * i + 3u], w[9u * i + 4u], w[9u * i + 5u]);
  let w2 = vec3f(w[9u * i + 6u], w[9u * i + 7u], w[9u * i + 8u]);
  store(0u, i, w0);
  store(1u, i, 0.5 * (w0 + w1 + w2));
  store(2u, i, 0.5 * (w0 - w1 + w2));
  store(3u, i, w2);
}
