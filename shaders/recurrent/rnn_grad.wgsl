// dx of a plain recurrent network, from the last time step to the first. Constants and shape of the work: as
// lstm_grad.wgsl, the one gate being shared at once; RELU.
// use: recurrent
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> dh: array<f32>;
@group(0) @binding(4) var<storage, read> tokens: array<u32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

const EACH = (UNITS + LANES - 1u) / LANES;
var<workgroup> shared_gates: array<vec4f, SHARED * UNITS>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let sample = samples(group.x);
  let first = first_rows(group.x);
  var h: array<vec4f, EACH>; // d loss / d state
  if (LAST == 1u) {
    for (var e = 0u; e < EACH; e++) {
      let at = first / TIME * UNITS + min(local.x + e * LANES, UNITS - 1u);
      h[e] = vec4f(dh[at.x], dh[at.y], dh[at.z], dh[at.w]);
    }
  }
  for (var left = TIME; left > 0u; left--) {
    let row = first + time_of(left - 1u, REVERSE);
    let keep = kept(row, PADDED, PADDING);
    workgroupBarrier(); // what was shared before may still be read
    for (var e = 0u; e < EACH; e++) {
      let u = local.x + e * LANES;
      if (u >= UNITS) {
        continue;
      }
      let at = row * UNITS + u;
      if (SEQUENCE == 1u) {
        h[e] += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
      }
      let state = vec4f(y[at.x], y[at.y], y[at.z], y[at.w]);
      var d = h[e] * (1.0 - state * state);
      if (RELU == 1u) {
        d = select(vec4f(), h[e], state > vec4f());
      }
      d = select(d, vec4f(), keep);
      h[e] = select(vec4f(), h[e], keep);
      shared_gates[u] = d;
      for (var s = 0u; s < 4u; s++) {
        if (sample[s] < BATCH) {
          dx[at[s]] = d[s];
        }
      }
    }
    workgroupBarrier();
    for (var e = 0u; e < EACH; e++) {
      let at_w = min(local.x + e * LANES, UNITS - 1u) * UNITS;
      for (var j = 0u; j < UNITS; j++) {
        h[e] += w[at_w + j] * shared_gates[j];
      }
    }
  }
}
