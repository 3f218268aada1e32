// dv[s] = sum over t of p[t, s] dy[t], dk[s] = SCALE sum over t of p[t, s] (dy[t] v[s] - delta[t]) q[t], for all heads that
// share the key. One invocation a key; where queries are columns of the same tensor, it also copies their gradient.
// use: index
@group(0) @binding(3) var<storage, read> log_sum: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> dq: array<f32>;
@group(0) @binding(6) var<storage, read> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dkv: array<f32>;

const PACKED = K_AT > 0u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  const KV_HEADS = HEADS / GROUP;
  if (i >= BATCH * KV_HEADS * KEYS) {
    return;
  }
  let s = i % KEYS;
  let first = (i / KEYS) % KV_HEADS * GROUP;
  let b = i / (KEYS * KV_HEADS);
  let at = kv_at(b, s, first);
  var key: array<vec4f, QUADS>;
  var value: array<vec4f, QUADS>;
  var dk: array<vec4f, QUADS>;
  var dv: array<vec4f, QUADS>;
  for (var c = 0u; c < QUADS; c++) {
    key[c] = SCALE * k_quad(at, c);
    value[c] = v_quad(at, c);
    dk[c] = vec4f();
    dv[c] = vec4f();
  }
  for (var h = first; h < first + GROUP; h++) {
    for (var t = select(0u, s, CAUSAL == 1u); t < TIME; t++) {
      if (!visible(b, t, s)) {
        break; // padding: no query sees it
      }
      let row = ((b * TIME + t) * HEADS + h) * SIZE;
      let query = q_at(b, t, h);
      var score = 0.0;
      var dp = 0.0;
      for (var c = 0u; c < QUADS; c++) {
        let j = row + 4u * c;
        score += dot(q_quad(query, c), key[c]);
        dp += dot(quad(vec4f(dy[j], dy[j + 1u], dy[j + 2u], dy[j + 3u]), c), value[c]);
      }
      let j = (b * HEADS + h) * TIME + t;
      let p = exp(score - log_sum[j]);
      let weight = SCALE * p * (dp - delta[j]);
      for (var c = 0u; c < QUADS; c++) {
        let j = row + 4u * c;
        dk[c] += weight * q_quad(query, c);
        dv[c] += p * quad(vec4f(dy[j], dy[j + 1u], dy[j + 2u], dy[j + 3u]), c);
      }
    }
    for (var c = 0u; PACKED && c < SIZE; c++) {
      dkv[q_at(b, s, h) + c] = dq[((b * TIME + s) * HEADS + h) * SIZE + c];
    }
  }
  for (var c = 0u; c < SIZE; c++) {
    dkv[at + K_AT + c] = dk[c / 4u][c % 4u];
    dkv[at + V_AT + c] = dv[c / 4u][c % 4u];
  }
}
