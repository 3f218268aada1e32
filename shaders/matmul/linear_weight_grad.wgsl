// dw[k, n] = sum over m of x[m, k] dy[m, n], db[n] = sum over m of dy[m, n].
// Constants: M, N, K; LANES. Tiles as in matmul.wgsl: 4 × 4 an invocation.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(LANES, 64u / LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let k0 = (group.y * (64u / LANES) + local.y) * 4u;
  let n0 = group.x * LANES * 4u + local.x;
  if (k0 >= K || n0 >= N) {
    return;
  }
  var at_x = min(k0 + vec4u(0u, 1u, 2u, 3u), vec4u(K - 1u));
  var at_dy = min(n0 + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(N - 1u));
  var w0 = vec4f();
  var w1 = vec4f();
  var w2 = vec4f();
  var w3 = vec4f();
  var bias = vec4f();
  for (var m = 0u; m < M; m++) {
    let row = vec4f(dy[at_dy.x], dy[at_dy.y], dy[at_dy.z], dy[at_dy.w]);
    w0 += x[at_x.x] * row;
    w1 += x[at_x.y] * row;
    w2 += x[at_x.z] * row;
    w3 += x[at_x.w] * row;
    bias += row;
    at_x += K;
    at_dy += N;
  }
  var tile = mat4x4f(w0, w1, w2, w3);
  for (var i = 0u; i < 16u; i++) {
    let k = k0 + i / 4u;
    let n = n0 + i % 4u * LANES;
    if (k < K && n < N) {
      dw[k * N + n] = tile[i / 4u][i % 4u];
    }
  }
  if (k0 == 0u) {
    for (var j = 0u; j < 4u; j++) {
      if (n0 + j * LANES < N) {
        db[n0 + j * LANES] = bias[j];
      }
    }
  }
}
