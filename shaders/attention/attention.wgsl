// y[t] = sum over s of p[t, s] v[s], p = softmax of SCALE q k; log_sum = log of the softmax's denominator.
// One invocation a query and head, four keys at a time; the sum so far shrinks when a larger score is met.
// use: index
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> log_sum: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= BATCH * HEADS * TIME) {
    return;
  }
  let t = i % TIME;
  let h = (i / TIME) % HEADS;
  let b = i / (TIME * HEADS);
  var query: array<vec4f, QUADS>;
  var sum: array<vec4f, QUADS>;
  for (var c = 0u; c < QUADS; c++) {
    query[c] = SCALE * q_quad(q_at(b, t, h), c);
    sum[c] = vec4f();
  }
  var top = -1e30;
  var total = 0.0;
  let end = select(KEYS, min(t + 1u, KEYS), CAUSAL == 1u);
  for (var s = 0u; s < end; s += 4u) {
    let first = kv_at(b, 0u, h);
    let at = first + min(s + vec4u(0u, 1u, 2u, 3u), vec4u(KEYS - 1u)) * KV_ROW;
    var score = vec4f();
    for (var c = 0u; c < QUADS; c++) {
      let x = query[c];
      score.x += dot(x, k_quad(at.x, c));
      score.y += dot(x, k_quad(at.y, c));
      score.z += dot(x, k_quad(at.z, c));
      score.w += dot(x, k_quad(at.w, c));
    }
    let seen = vec4<bool>(visible(b, t, s), visible(b, t, s + 1u), visible(b, t, s + 2u), visible(b, t, s + 3u));
    score = select(vec4f(-1e30), score, seen);
    let largest = max(top, max(max(score.x, score.y), max(score.z, score.w)));
    let p = select(vec4f(), exp(score - largest), seen);
    let shrink = exp(max(top - largest, -80.0)); // the first time there is no sum to shrink
    top = largest;
    total = total * shrink + p.x + p.y + p.z + p.w;
    for (var c = 0u; c < QUADS; c++) {
      sum[c] = sum[c] * shrink + p.x * v_quad(at.x, c) + p.y * v_quad(at.y, c)
        + p.z * v_quad(at.z, c) + p.w * v_quad(at.w, c);
    }
  }
  let share = select(0.0, 1.0 / total, total > 0.0);
  for (var c = 0u; c < SIZE; c++) {
    y[((b * TIME + t) * HEADS + h) * SIZE + c] = share * sum[c / 4u][c % 4u];
  }
  log_sum[i] = select(0.0, top + log(total), total > 0.0);
}
