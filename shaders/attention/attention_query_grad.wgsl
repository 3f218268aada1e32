// dq[t] = SCALE sum over s of p[t, s] (dy[t] v[s] - delta[t]) k[s], delta[t] = dy[t] y[t]; p is made again from log_sum.
// An invocation has four queries of a head, one in each component of its vectors.
// use: index
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> log_sum: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(0) @binding(7) var<storage, read_write> delta: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  const FOURS = (TIME + 3u) / 4u;
  let i = flat_index(group, groups, local);
  if (i >= BATCH * HEADS * FOURS) {
    return;
  }
  let first = i % FOURS * 4u;
  let h = (i / FOURS) % HEADS;
  let b = i / (FOURS * HEADS);
  let t = four(first, TIME); // past the end, the last query again, with the same numbers
  let at_q = vec4u(q_at(b, t.x, h), q_at(b, t.y, h), q_at(b, t.z, h), q_at(b, t.w, h));
  let row = ((b * TIME + t) * HEADS + h) * SIZE;
  let number = (b * HEADS + h) * TIME + t;
  let logs = vec4f(log_sum[number.x], log_sum[number.y], log_sum[number.z], log_sum[number.w]);
  var query: array<vec4f, SIZE>;
  var dy_row: array<vec4f, SIZE>;
  var sum: array<vec4f, SIZE>;
  var along = vec4f();
  for (var c = 0u; c < SIZE; c++) {
    query[c] = SCALE * vec4f(q[at_q.x + c], q[at_q.y + c], q[at_q.z + c], q[at_q.w + c]);
    dy_row[c] = vec4f(dy[row.x + c], dy[row.y + c], dy[row.z + c], dy[row.w + c]);
    along += dy_row[c] * vec4f(y[row.x + c], y[row.y + c], y[row.z + c], y[row.w + c]);
    sum[c] = vec4f();
  }
  let end = select(KEYS, min(t.w + 1u, KEYS), CAUSAL == 1u);
  for (var s = 0u; s < end; s++) {
    let at_k = k_at(b, s, h);
    let at_v = v_at(b, s, h);
    var key: array<f32, SIZE>;
    var score = vec4f();
    var dp = vec4f();
    // unroll
    for (var c = 0u; c < SIZE; c++) {
      key[c] = kv[at_k + c];
      score += query[c] * key[c];
      dp += dy_row[c] * kv[at_v + c];
    }
    let seen = vec4<bool>(visible(b, t.x, s), visible(b, t.y, s), visible(b, t.z, s), visible(b, t.w, s));
    let weight = select(vec4f(), SCALE * exp(score - logs) * (dp - along), seen);
    // unroll
    for (var c = 0u; c < SIZE; c++) {
      sum[c] += weight * key[c];
    }
  }
  for (var c = 0u; c < SIZE; c++) {
    dq[row.x + c] = sum[c].x;
    dq[row.y + c] = sum[c].y;
    dq[row.z + c] = sum[c].z;
    dq[row.w + c] = sum[c].w;
  }
  for (var j = 0u; j < 4u; j++) {
    delta[number[j]] = along[j];
  }
}
