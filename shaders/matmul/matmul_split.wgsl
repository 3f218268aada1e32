// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]).

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  product(group.y * 4u, group.x * COLUMNS, lane);
  for (var i = lane; i < 4u * COLUMNS; i += 64u) {
    let m = group.y * 4u + i / COLUMNS;
    let n = group.x * COLUMNS + i % COLUMNS;
    if (m < M && n < N) {
      y[m * N + n] = epilogue(total(i), m * N + n);
    }
  }
}
