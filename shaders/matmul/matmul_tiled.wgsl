// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]).

fn store(m: u32, n: u32, value: f32) {
  if (m < M && n < N) {
    let i = m * N + n;
    y[i] = epilogue(value, i);
  }
}

fn store_row(m: u32, n: u32, values: vec4f) {
  store(m, n, values.x);
  store(m, n + ACROSS, values.y);
  store(m, n + 2u * ACROSS, values.z);
  store(m, n + 3u * ACROSS, values.w);
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let sums = product(group.y * ROWS, group.x * COLUMNS, local);
  let m = group.y * ROWS + local.y * 4u;
  let n = group.x * COLUMNS + local.x;
  store_row(m, n, sums[0]);
  store_row(m + 1u, n, sums[1]);
  store_row(m + 2u, n, sums[2]);
  store_row(m + 3u, n, sums[3]);
}
