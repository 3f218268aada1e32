// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]).

fn store(m: u32, n: u32, value: f32) {
  if (m < M && n < N) {
    let i = m * N + n;
    y[i] = epilogue(value, i);
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let m0 = group.y * ROWS;
  let n0 = group.x * COLUMNS;
  store_tile(m0, n0, local, product(m0, n0, local));
}
