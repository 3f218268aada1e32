// y[t, s] = mean over the heads of exp(SCALE q[t] k[s] - log_sum[t]); 0 where s is not visible. One invocation a pair.
// use: index
@group(0) @binding(3) var<storage, read> log_sum: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= BATCH * TIME * KEYS) {
    return;
  }
  let s = i % KEYS;
  let t = (i / KEYS) % TIME;
  let b = i / (KEYS * TIME);
  var sum = 0.0;
  if (visible(b, t, s)) {
    for (var h = 0u; h < HEADS; h++) {
      var score = 0.0;
      for (var c = 0u; c < SIZE; c++) {
        score += q[q_at(b, t, h) + c] * kv[k_at(b, s, h) + c];
      }
      sum += exp(SCALE * score - log_sum[(b * HEADS + h) * TIME + t]);
    }
  }
  y[i] = epilogue(sum / f32(HEADS), i);
}
