// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]), or several such products, group.z counting them; operands transposed or not by their strides.
// Constants: M, N, K; A_M, A_K, B_K, B_N (strides); LANES (invocations side by side along n).
// An invocation makes 4 rows × 4 columns in registers. Neighbours have adjacent columns, so that
// their loads of b are one wide load and their loads of a are the same; no barriers.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Which of several products.
var<private> product: u32;

fn store(m: u32, n: u32, value: f32) {
  if (m < M && n < N) {
    let i = (product * M + m) * N + n;
    y[i] = epilogue(value, i);
  }
}

@compute @workgroup_size(LANES, 64u / LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let m0 = (group.y * (64u / LANES) + local.y) * 4u;
  let n0 = group.x * LANES * 4u + local.x;
  if (m0 >= M || n0 >= N) {
    return;
  }
  product = group.z;
  // Past the edge, the last row or column is computed again and not stored.
  var at_a = min(m0 + vec4u(0u, 1u, 2u, 3u), vec4u(M - 1u)) * A_M + product * (M * K);
  var at_b = min(n0 + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(N - 1u)) * B_N + product * (K * N);
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  for (var k = 0u; k < K; k++) {
    let row = vec4f(b[at_b.x], b[at_b.y], b[at_b.z], b[at_b.w]);
    y0 += a[at_a.x] * row;
    y1 += a[at_a.y] * row;
    y2 += a[at_a.z] * row;
    y3 += a[at_a.w] * row;
    at_a += A_K;
    at_b += B_K;
  }
  var tile = mat4x4f(y0, y1, y2, y3);
  // Written out, the epilogue would be compiled for long.
  for (var i = 0u; i < 16u; i++) {
    store(m0 + i / 4u, n0 + i % 4u * LANES, tile[i / 4u][i % 4u]);
  }
}
