// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]).

fn store(m: u32, n: u32, value: f32) {
  if (m < M && n < N) {
    let i = m * N + n;
    y[i] = epilogue(value, i);
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
}
