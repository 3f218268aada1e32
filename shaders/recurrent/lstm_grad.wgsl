// dx of an LSTM, from the last time step to the first: a workgroup has four samples, an invocation the units
// local.x, + LANES, … Constants: as lstm.wgsl; SHARED: gates whose gradients are shared between two barriers;
// SEQUENCE, LAST: whether there is dy, dh.
// use: recurrent
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> cells: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read> dh: array<f32>;
@group(0) @binding(5) var<storage, read> tokens: array<u32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

const EACH = (UNITS + LANES - 1u) / LANES;
var<workgroup> shared_gates: array<vec4f, SHARED * UNITS>;

fn gate(at: vec4u) -> vec4f { return vec4f(gates[at.x], gates[at.y], gates[at.z], gates[at.w]); }
fn cell(at: vec4u) -> vec4f { return vec4f(cells[at.x], cells[at.y], cells[at.z], cells[at.w]); }

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let sample = samples(group.x);
  let first = first_rows(group.x);
  var h: array<vec4f, EACH>; // d loss / d state
  var c: array<vec4f, EACH>;
  if (LAST == 1u) {
    for (var e = 0u; e < EACH; e++) {
      let at = first / TIME * UNITS + min(local.x + e * LANES, UNITS - 1u);
      h[e] = vec4f(dh[at.x], dh[at.y], dh[at.z], dh[at.w]);
    }
  }
  for (var left = TIME; left > 0u; left--) {
    let row = first + time_of(left - 1u, REVERSE);
    let keep = kept(row, PADDED, PADDING);
    var d: array<array<vec4f, 4>, EACH>;
    for (var e = 0u; e < EACH; e++) {
      let u = local.x + e * LANES;
      if (u >= UNITS) {
        continue;
      }
      let at = row * UNITS + u;
      if (SEQUENCE == 1u) {
        h[e] += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
      }
      let at_gates = row * (4u * UNITS) + u;
      let i = gate(at_gates);
      let f = gate(at_gates + UNITS);
      let g = gate(at_gates + 2u * UNITS);
      let o = gate(at_gates + 3u * UNITS);
      var before = vec4f();
      if (left > 1u) {
        before = cell((first + time_of(left - 2u, REVERSE)) * UNITS + u);
      }
      let t = tanh_clamped(cell(at));
      let dc = c[e] + h[e] * o * (1.0 - t * t);
      d[e][0] = select(dc * g * i * (1.0 - i), vec4f(), keep);
      d[e][1] = select(dc * before * f * (1.0 - f), vec4f(), keep);
      d[e][2] = select(dc * i * (1.0 - g * g), vec4f(), keep);
      d[e][3] = select(h[e] * t * o * (1.0 - o), vec4f(), keep);
      c[e] = select(dc * f, c[e], keep);
      h[e] = select(vec4f(), h[e], keep);
      for (var s = 0u; s < 4u; s++) {
        if (sample[s] < BATCH) {
          for (var n = 0u; n < 4u; n++) {
            dx[at_gates[s] + n * UNITS] = d[e][n][s];
          }
        }
      }
    }
    for (var part = 0u; part < 4u; part += SHARED) {
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
        let at_w = min(local.x + e * LANES, UNITS - 1u) * 4u * UNITS + part * UNITS;
        for (var j = 0u; j < SHARED * UNITS; j++) {
          h[e] += w[at_w + j] * shared_gates[j];
        }
      }
    }
  }
}
