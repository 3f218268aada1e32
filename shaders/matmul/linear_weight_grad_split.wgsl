// y[m, n] = sum over k of a[k, m] b[k, n] and sums[n] = sum over k of b[k, n]: a is a dense layer's input, b its
// output's gradient.
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  product(group.y * 4u, group.x * COLUMNS, lane);
  for (var i = lane; i < 4u * COLUMNS; i += 64u) {
    let m = group.y * 4u + i / COLUMNS;
    let n = group.x * COLUMNS + i % COLUMNS;
    if (m < M && n < N) {
      y[m * N + n] = total(i);
    }
  }
  if (group.y > 0u) {
    return;
  }
  // A workgroup of the first rows also has the columns' sums, shared out in the same way.
  workgroupBarrier();
  let part = lane / LANES;
  let columns = min(group.x * COLUMNS + lane % LANES + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(N - 1u));
  var sum = vec4f();
  for (var k = part; k < K; k += PARTS) {
    let at = columns * B_N + k * B_K;
    sum += vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
  }
  keep_row(part, 0u, lane % LANES, sum);
  workgroupBarrier();
  let n = group.x * COLUMNS + lane;
  if (lane < COLUMNS && n < N) {
    sums[n] = total(lane);
  }
}
