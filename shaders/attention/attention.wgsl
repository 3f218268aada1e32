// y[t] = sum over s of p[t, s] v[s], p = softmax of SCALE q k; log_sum = log of the softmax's denominator.
// An invocation has four queries of a head, one in each component of its vectors, and goes through the keys, four at a
// time; the sum so far shrinks when a larger score is met.
// use: index
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> log_sum: array<f32>;

// exp of the scores of a key that may be seen, less the largest.
fn probability(score: vec4f, top: vec4f, seen: vec4<bool>) -> vec4f {
  return select(vec4f(), exp(score - top), seen);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  const FOURS = (TIME + 3u) / 4u;
  const NONE = vec4f(-1e30);
  let i = flat_index(group, groups, local);
  if (i >= BATCH * HEADS * FOURS) {
    return;
  }
  let first = i % FOURS * 4u;
  let h = (i / FOURS) % HEADS;
  let b = i / (FOURS * HEADS);
  let t = four(first, TIME);
  let at_q = vec4u(q_at(b, t.x, h), q_at(b, t.y, h), q_at(b, t.z, h), q_at(b, t.w, h));
  var query: array<vec4f, SIZE>;
  var sum: array<vec4f, SIZE>;
  for (var c = 0u; c < SIZE; c++) {
    query[c] = SCALE * vec4f(q[at_q.x + c], q[at_q.y + c], q[at_q.z + c], q[at_q.w + c]);
    sum[c] = vec4f();
  }
  var top = NONE;
  var total = vec4f();
  let end = select(KEYS, min(t.w + 1u, KEYS), CAUSAL == 1u);
  for (var s = 0u; s < end; s += 4u) {
    let key = four(s, KEYS);
    let at_k = k_at(b, 0u, h) + key * KV_ROW;
    let at_v = v_at(b, 0u, h) + key * KV_ROW;
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    for (var c = 0u; c < SIZE; c++) {
      s0 += query[c] * kv[at_k.x + c];
      s1 += query[c] * kv[at_k.y + c];
      s2 += query[c] * kv[at_k.z + c];
      s3 += query[c] * kv[at_k.w + c];
    }
    let last = select(vec4u(KEYS - 1u), t, CAUSAL == 1u);
    let seen0 = (vec4u(s) <= last) & vec4<bool>(!padding(b, key.x));
    let seen1 = (vec4u(s + 1u) <= last) & vec4<bool>(s + 1u < KEYS && !padding(b, key.y));
    let seen2 = (vec4u(s + 2u) <= last) & vec4<bool>(s + 2u < KEYS && !padding(b, key.z));
    let seen3 = (vec4u(s + 3u) <= last) & vec4<bool>(s + 3u < KEYS && !padding(b, key.w));
    let largest = max(
      max(max(top, select(NONE, s0, seen0)), select(NONE, s1, seen1)),
      max(select(NONE, s2, seen2), select(NONE, s3, seen3)));
    let shrink = exp(max(top - largest, vec4f(-80.0))); // the first time there is no sum to shrink
    top = largest;
    let p0 = probability(s0, top, seen0);
    let p1 = probability(s1, top, seen1);
    let p2 = probability(s2, top, seen2);
    let p3 = probability(s3, top, seen3);
    total = total * shrink + p0 + p1 + p2 + p3;
    for (var c = 0u; c < SIZE; c++) {
      sum[c] = sum[c] * shrink + p0 * kv[at_v.x + c] + p1 * kv[at_v.y + c] + p2 * kv[at_v.z + c] + p3 * kv[at_v.w + c];
    }
  }
  let share = select(vec4f(), 1.0 / total, total > vec4f());
  let logs = select(vec4f(), top + log(total), total > vec4f());
  for (var j = 0u; j < min(4u, TIME - first); j++) {
    log_sum[(b * HEADS + h) * TIME + first + j] = logs[j];
  }
  let at_y = ((b * TIME + t) * HEADS + h) * SIZE;
  for (var c = 0u; c < SIZE; c++) {
    let value = share * sum[c];
    // Past the end, the last query is stored again: its own number.
    y[at_y.x + c] = value.x;
    y[at_y.y + c] = value.y;
    y[at_y.z + c] = value.z;
    y[at_y.w + c] = value.w;
  }
}
