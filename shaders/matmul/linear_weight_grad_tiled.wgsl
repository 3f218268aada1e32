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
  var tile = product(group.y * ROWS, group.x * COLUMNS, local);
  let m = group.y * ROWS + local.y * 8u;
  let n = group.x * COLUMNS + local.x * 4u;
  // unroll
  for (var i = 0u; i < 8u; i++) {
    store(m + i, n, tile[i].x);
    store(m + i, n + 1u, tile[i].y);
    store(m + i, n + 2u, tile[i].z);
    store(m + i, n + 3u, tile[i].w);
  }
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (group.y == 0u && local.y == 0u && n + j < N) {
      sums[n + j] = column_sums[j];
    }
  }
}
