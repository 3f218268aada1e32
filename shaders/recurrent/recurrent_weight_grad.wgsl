// dw[k, n] = sum over samples and steps of h[step before, k] da[step, n], db[n] = sum of da[step, n].
// Constants: BATCH, TIME, N, K; LANES; REVERSE. An invocation has 8 × 8 in registers: columns n0, + LANES, …
// use: products
@group(0) @binding(0) var<storage, read> h: array<f32>;
@group(0) @binding(1) var<storage, read> da: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;

fn states(at: vec4u) -> vec4f { return vec4f(h[at.x], h[at.y], h[at.z], h[at.w]); }
fn grads(at: vec4u) -> vec4f { return vec4f(da[at.x], da[at.y], da[at.z], da[at.w]); }

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

fn store_tile(k: u32, n: u32, tile: mat4x4f) {
  store_row(k, n, tile[0]);
  store_row(k + 1u, n, tile[1]);
  store_row(k + 2u, n, tile[2]);
  store_row(k + 3u, n, tile[3]);
}

fn store_bias(n: u32, values: vec4f) {
  for (var j = 0u; j < 4u; j++) {
    if (n + j * LANES < N) {
      db[n + j * LANES] = values[j];
    }
  }
}

@compute @workgroup_size(LANES, 64u / LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let k0 = (group.y * (64u / LANES) + local.y) * 8u;
  let n0 = group.x * LANES * 8u + local.x;
  if (k0 >= K || n0 >= N) {
    return;
  }
  let four = vec4u(0u, 1u, 2u, 3u);
  let k_a = min(k0 + four, vec4u(K - 1u));
  let k_b = min(k0 + 4u + four, vec4u(K - 1u));
  let n_a = min(n0 + LANES * four, vec4u(N - 1u));
  let n_b = min(n0 + LANES * (4u + four), vec4u(N - 1u));
  var aa = mat4x4f();
  var ab = mat4x4f();
  var ba = mat4x4f();
  var bb = mat4x4f();
  var bias_a = vec4f();
  var bias_b = vec4f();
  for (var sample = 0u; sample < BATCH; sample++) {
    // Nothing is before the first step: only its bias counts.
    let first = (sample * TIME + REVERSE * (TIME - 1u)) * N;
    bias_a += grads(n_a + first);
    bias_b += grads(n_b + first);
    var at_h = (sample * TIME + REVERSE) * K;
    var at_da = (sample * TIME + 1u - REVERSE) * N;
    for (var step = 1u; step < TIME; step++) {
      let h_a = states(k_a + at_h);
      let h_b = states(k_b + at_h);
      let d_a = grads(n_a + at_da);
      let d_b = grads(n_b + at_da);
      aa = plus_outer(aa, h_a, d_a);
      ab = plus_outer(ab, h_a, d_b);
      ba = plus_outer(ba, h_b, d_a);
      bb = plus_outer(bb, h_b, d_b);
      bias_a += d_a; // by all: a branch costs more
      bias_b += d_b;
      at_h += K;
      at_da += N;
    }
  }
  store_tile(k0, n0, aa);
  store_tile(k0, n0 + 4u * LANES, ab);
  store_tile(k0 + 4u, n0, ba);
  store_tile(k0 + 4u, n0 + 4u * LANES, bb);
  if (k0 == 0u) {
    store_bias(n0, bias_a);
    store_bias(n0 + 4u * LANES, bias_b);
  }
}
