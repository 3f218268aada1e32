// dw[k, n] = sum over samples and steps of h[step before, k] da[step, n], db[n] = sum of da[step, n].
// Constants: BATCH, TIME, N, K; LANES; REVERSE. Tiles as in matmul.wgsl: 4 × 4 an invocation.
@group(0) @binding(0) var<storage, read> h: array<f32>;
@group(0) @binding(1) var<storage, read> da: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;

fn store_row(k: u32, n: u32, values: vec4f) {
  if (k >= K) {
    return;
  }
  for (var j = 0u; j < 4u; j++) {
    if (n + j * LANES < N) {
      dw[k * N + n + j * LANES] = values[j];
    }
  }
}

@compute @workgroup_size(LANES, 64u / LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let k0 = (group.y * (64u / LANES) + local.y) * 4u;
  let n0 = group.x * LANES * 4u + local.x;
  if (k0 >= K || n0 >= N) {
    return;
  }
  let column_h = min(k0 + vec4u(0u, 1u, 2u, 3u), vec4u(K - 1u));
  let column_da = min(n0 + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(N - 1u));
  var w0 = vec4f();
  var w1 = vec4f();
  var w2 = vec4f();
  var w3 = vec4f();
  var bias = vec4f();
  for (var sample = 0u; sample < BATCH; sample++) {
    // Nothing is before the first step: only its bias counts.
    let first = column_da + (sample * TIME + REVERSE * (TIME - 1u)) * N;
    bias += vec4f(da[first.x], da[first.y], da[first.z], da[first.w]);
    var at_h = column_h + (sample * TIME + REVERSE) * K;
    var at_da = column_da + (sample * TIME + 1u - REVERSE) * N;
    for (var step = 1u; step < TIME; step++) {
      let row = vec4f(da[at_da.x], da[at_da.y], da[at_da.z], da[at_da.w]);
      w0 += h[at_h.x] * row;
      w1 += h[at_h.y] * row;
      w2 += h[at_h.z] * row;
      w3 += h[at_h.w] * row;
      bias += row;
      at_h += K;
      at_da += N;
    }
  }
  store_row(k0, n0, w0);
  store_row(k0 + 1u, n0, w1);
  store_row(k0 + 2u, n0, w2);
  store_row(k0 + 3u, n0, w3);
  if (k0 == 0u) {
    for (var j = 0u; j < 4u; j++) {
      if (n0 + j * LANES < N) {
        db[n0 + j * LANES] = bias[j];
      }
    }
  }
}
