// dx and da of a GRU, from the last time step to the first; they differ in the part of n, where a is scaled by r.
// Constants and shape of the work: as lstm_grad.wgsl.
// use: recurrent
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read> dh: array<f32>;
@group(0) @binding(5) var<storage, read> tokens: array<u32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> da: array<f32>;

const EACH = (UNITS + LANES - 1u) / LANES;
var<workgroup> shared_gates: array<vec4f, SHARED * UNITS>;

fn gate(at: vec4u) -> vec4f { return vec4f(gates[at.x], gates[at.y], gates[at.z], gates[at.w]); }

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
    var d: array<array<vec4f, 3>, EACH>;
    for (var e = 0u; e < EACH; e++) {
      let u = local.x + e * LANES;
      if (u >= UNITS) {
        continue;
      }
      if (SEQUENCE == 1u) {
        let at_y = row * UNITS + u;
        h[e] += vec4f(dy[at_y.x], dy[at_y.y], dy[at_y.z], dy[at_y.w]);
      }
      let at_gates = row * (4u * UNITS) + u;
      let r = gate(at_gates);
      let z = gate(at_gates + UNITS);
      let n = gate(at_gates + 2u * UNITS);
      let a = gate(at_gates + 3u * UNITS);
      var before = vec4f();
      if (left > 1u) {
        let at_y = (first + time_of(left - 2u, REVERSE)) * UNITS + u;
        before = vec4f(y[at_y.x], y[at_y.y], y[at_y.z], y[at_y.w]);
      }
      let dn = select(h[e] * (1.0 - z) * (1.0 - n * n), vec4f(), keep);
      d[e][0] = dn * a * r * (1.0 - r);
      d[e][1] = select(h[e] * (before - n) * z * (1.0 - z), vec4f(), keep);
      d[e][2] = dn * r;
      h[e] = select(h[e] * z, h[e], keep);
      let at = row * (3u * UNITS) + u;
      for (var s = 0u; s < 4u; s++) {
        if (sample[s] < BATCH) {
          dx[at[s]] = d[e][0][s];
          dx[at[s] + UNITS] = d[e][1][s];
          dx[at[s] + 2u * UNITS] = dn[s];
          da[at[s]] = d[e][0][s];
          da[at[s] + UNITS] = d[e][1][s];
          da[at[s] + 2u * UNITS] = d[e][2][s];
        }
      }
    }
    for (var part = 0u; part < 3u; part += SHARED) {
      workgroupBarrier(); // what was shared before may still be read
      for (var e = 0u; e < EACH; e++) {
        let u = local.x + e * LANES;
        for (var n = 0u; n < SHARED; n++) {
          if (u < UNITS) {
            shared_gates[n * UNITS + u] = d[e][part + n];
          }
        }
      }
      workgroupBarrier();
      for (var e = 0u; e < EACH; e++) {
        let at_w = min(local.x + e * LANES, UNITS - 1u) * 3u * UNITS + part * UNITS;
        for (var j = 0u; j < SHARED * UNITS; j++) {
          h[e] += w[at_w + j] * shared_gates[j];
        }
      }
    }
  }
}
