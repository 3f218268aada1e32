// All time steps of a plain recurrent network: a workgroup has four samples, an invocation the units local.x,
// + LANES, … Constants: as lstm.wgsl; RELU: relu instead of tanh.
// use: recurrent
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> tokens: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> last: array<f32>;

const EACH = (UNITS + LANES - 1u) / LANES;
var<workgroup> hidden: array<vec4f, COPIES * UNITS>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let sample = samples(group.x);
  let first = first_rows(group.x);
  var h: array<vec4f, EACH>;
  for (var u = local.x; u < UNITS; u += LANES) {
    hidden[u] = vec4f();
  }
  workgroupBarrier();
  for (var step = 0u; step < TIME; step++) {
    let row = first + time_of(step, REVERSE);
    let keep = kept(row, PADDED, PADDING);
    let now = (step % COPIES) * UNITS;
    for (var e = 0u; e < EACH; e++) {
      let u = local.x + e * LANES;
      if (u >= UNITS) {
        continue;
      }
      let at = row * UNITS + u;
      var a = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]) + b[u];
      for (var k = 0u; k < UNITS; k++) {
        a += w[k * UNITS + u] * hidden[now + k];
      }
      if (RELU == 1u) {
        a = max(a, vec4f());
      } else {
        a = tanh_clamped(a);
      }
      h[e] = select(a, h[e], keep);
      for (var s = 0u; s < 4u; s++) {
        if (sample[s] < BATCH) {
          y[at[s]] = h[e][s];
          if (step == TIME - 1u) {
            last[sample[s] * UNITS + u] = h[e][s];
          }
        }
      }
    }
    if (COPIES == 1u) {
      workgroupBarrier();
    }
    let next = ((step + 1u) % COPIES) * UNITS;
    for (var e = 0u; e < EACH; e++) {
      let u = local.x + e * LANES;
      if (u < UNITS) {
        hidden[next + u] = h[e];
      }
    }
    workgroupBarrier();
  }
}
