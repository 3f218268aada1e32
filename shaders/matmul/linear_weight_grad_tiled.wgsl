// y[m, n] = sum over k of a[k, m] b[k, n] and sums[n] = sum over k of b[k, n]: a is a dense layer's input, b its
// output's gradient.
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

fn store_row(m: u32, n: u32, values: vec4f) {
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (m < M && n + j * ACROSS < N) {
      y[m * N + n + j * ACROSS] = values[j];
    }
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tile = product(group.y * ROWS, group.x * COLUMNS, local);
  let m = group.y * ROWS + local.y * 4u;
  let n = group.x * COLUMNS + local.x;
  store_row(m, n, tile[0]);
  store_row(m + 1u, n, tile[1]);
  store_row(m + 2u, n, tile[2]);
  store_row(m + 3u, n, tile[3]);
  let column = group.x * COLUMNS + local.y * ACROSS + local.x;
  if (group.y == 0u && local.y < 4u && column < N) {
    var sum = 0.0;
    for (var k = 0u; k < K; k++) {
      sum += b[k * B_K + column * B_N];
    }
    sums[column] = sum;
  }
}
