// All time steps of a GRU: a workgroup has four samples, an invocation the units local.x, + LANES, …
// Constants: as lstm.wgsl.
// use: recurrent
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> tokens: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> last: array<f32>;
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;

const EACH = (UNITS + LANES - 1u) / LANES;
var<workgroup> hidden: array<vec4f, COPIES * UNITS>;

fn gate(at: vec4u) -> vec4f { return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]); }

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
      var r = vec4f(b[u]);
      var z = vec4f(b[u + UNITS]);
      var a = vec4f(b[u + 2u * UNITS]);
      var at_w = u;
      for (var k = 0u; k < UNITS; k++) {
        let state = hidden[now + k];
        r += w[at_w] * state;
        z += w[at_w + UNITS] * state;
        a += w[at_w + 2u * UNITS] * state;
        at_w += 3u * UNITS;
      }
      let at = row * (3u * UNITS) + u;
      r = sigmoid(r + gate(at));
      z = sigmoid(z + gate(at + UNITS));
      let n = tanh_clamped(gate(at + 2u * UNITS) + r * a);
      h[e] = select((1.0 - z) * n + z * h[e], h[e], keep);
      let at_gates = row * (4u * UNITS) + u;
      for (var s = 0u; s < 4u; s++) {
        if (sample[s] < BATCH) {
          gates[at_gates[s]] = r[s];
          gates[at_gates[s] + UNITS] = z[s];
          gates[at_gates[s] + 2u * UNITS] = n[s];
          gates[at_gates[s] + 3u * UNITS] = a[s];
          y[row[s] * UNITS + u] = h[e][s];
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
