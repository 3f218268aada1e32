// dv[s] = sum over t of p[t, s] dy[t], dk[s] = SCALE sum over t of p[t, s] (dy[t] v[s] - delta[t]) q[t], for all heads that
// share the key. An invocation has four keys, one in each component of its vectors; where queries are columns of the same
// tensor, it also copies their gradient.
// use: index
@group(0) @binding(3) var<storage, read> log_sum: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> dq: array<f32>;
@group(0) @binding(6) var<storage, read> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dkv: array<f32>;

const PACKED = K_AT > 0u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  const KV_HEADS = HEADS / GROUP;
  const FOURS = (KEYS + 3u) / 4u;
  let i = flat_index(group, groups, local);
  if (i >= BATCH * KV_HEADS * FOURS) {
    return;
  }
  let first = i % FOURS * 4u;
  let head = (i / FOURS) % KV_HEADS * GROUP;
  let b = i / (FOURS * KV_HEADS);
  let s = four(first, KEYS); // past the end, the last key again, with the same numbers
  let at_k = k_at(b, 0u, head) + s * KV_ROW;
  let at_v = v_at(b, 0u, head) + s * KV_ROW;
  var key: array<vec4f, SIZE>;
  var value: array<vec4f, SIZE>;
  var dk: array<vec4f, SIZE>;
  var dv: array<vec4f, SIZE>;
  for (var c = 0u; c < SIZE; c++) {
    key[c] = SCALE * vec4f(kv[at_k.x + c], kv[at_k.y + c], kv[at_k.z + c], kv[at_k.w + c]);
    value[c] = vec4f(kv[at_v.x + c], kv[at_v.y + c], kv[at_v.z + c], kv[at_v.w + c]);
    dk[c] = vec4f();
    dv[c] = vec4f();
  }
  let padded = vec4<bool>(padding(b, s.x), padding(b, s.y), padding(b, s.z), padding(b, s.w));
  for (var h = head; h < head + GROUP; h++) {
    for (var t = select(0u, first, CAUSAL == 1u); t < TIME; t++) {
      let row = ((b * TIME + t) * HEADS + h) * SIZE;
      let query = q_at(b, t, h);
      var q_row: array<f32, SIZE>;
      var dy_row: array<f32, SIZE>;
      var score = vec4f();
      var dp = vec4f();
      // unroll
      for (var c = 0u; c < SIZE; c++) {
        q_row[c] = q[query + c];
        dy_row[c] = dy[row + c];
        score += q_row[c] * key[c];
        dp += dy_row[c] * value[c];
      }
      let j = (b * HEADS + h) * TIME + t;
      let hidden = padded | (vec4<bool>(CAUSAL == 1u) & (s > vec4u(t)));
      let p = select(exp(score - log_sum[j]), vec4f(), hidden);
      let weight = SCALE * p * (dp - delta[j]);
      // unroll
      for (var c = 0u; c < SIZE; c++) {
        dk[c] += weight * q_row[c];
        dv[c] += p * dy_row[c];
      }
    }
    if (PACKED) {
      for (var j = 0u; j < 4u; j++) {
        let given = ((b * TIME + s[j]) * HEADS + h) * SIZE;
        let to = q_at(b, s[j], h);
        for (var c = 0u; c < SIZE; c++) {
          dkv[to + c] = dq[given + c];
        }
      }
    }
  }
  for (var c = 0u; c < SIZE; c++) {
    dkv[at_k.x + c] = dk[c].x;
    dkv[at_k.y + c] = dk[c].y;
    dkv[at_k.z + c] = dk[c].z;
    dkv[at_k.w + c] = dk[c].w;
    dkv[at_v.x + c] = dv[c].x;
    dkv[at_v.y + c] = dv[c].y;
    dkv[at_v.z + c] = dv[c].z;
    dkv[at_v.w + c] = dv[c].w;
  }
}
