// y[m, n] = sum over k of a[k, m] b[k, n] and sums[n] = sum over k of b[k, n]: a is a dense layer's input, b its
// output's gradient.
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

fn store(m: u32, n: u32, value: f32) {
  if (m < M && n < N) {
    y[m * N + n] = value;
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let m0 = group.y * ROWS;
  let n0 = group.x * COLUMNS;
  store_tile(m0, n0, local, product(m0, n0, local));
  let n = n0 + local.x * 4u;
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (group.y == 0u && local.y == 0u && n + j < N) {
      sums[n + j] = column_sums[j];
    }
  }
}
