// dq[t] = SCALE sum over s of p[t, s] (dy[t] v[s] - delta[t]) k[s], delta[t] = dy[t] y[t]; p is made again from log_sum.
// One invocation a query and head.
// use: index
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> log_sum: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(0) @binding(7) var<storage, read_write> delta: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= BATCH * HEADS * TIME) {
    return;
  }
  let t = i % TIME;
  let h = (i / TIME) % HEADS;
  let b = i / (TIME * HEADS);
  let row = ((b * TIME + t) * HEADS + h) * SIZE;
  var query: array<vec4f, QUADS>;
  var dy_row: array<vec4f, QUADS>;
  var sum: array<vec4f, QUADS>;
  var along = 0.0;
  for (var c = 0u; c < QUADS; c++) {
    let j = row + 4u * c;
    query[c] = SCALE * q_quad(q_at(b, t, h), c);
    dy_row[c] = quad(vec4f(dy[j], dy[j + 1u], dy[j + 2u], dy[j + 3u]), c);
    along += dot(dy_row[c], quad(vec4f(y[j], y[j + 1u], y[j + 2u], y[j + 3u]), c));
    sum[c] = vec4f();
  }
  let end = select(KEYS, min(t + 1u, KEYS), CAUSAL == 1u);
  for (var s = 0u; s < end; s++) {
    if (!visible(b, t, s)) {
      continue;
    }
    let at = kv_at(b, s, h);
    var score = 0.0;
    var dp = 0.0;
    for (var c = 0u; c < QUADS; c++) {
      score += dot(query[c], k_quad(at, c));
      dp += dot(dy_row[c], v_quad(at, c));
    }
    let weight = SCALE * exp(score - log_sum[i]) * (dp - along);
    for (var c = 0u; c < QUADS; c++) {
      sum[c] += weight * k_quad(at, c);
    }
  }
  for (var c = 0u; c < SIZE; c++) {
    dq[row + c] = sum[c / 4u][c % 4u];
  }
  delta[i] = along;
}
