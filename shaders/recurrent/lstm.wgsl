// All time steps of an LSTM: a workgroup has four samples, an invocation the units local.x, + LANES, …
// Constants: BATCH, TIME, UNITS; LANES; REVERSE, PADDED, PADDING (the token); COPIES of the hidden state.
// use: recurrent
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> tokens: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> last: array<f32>;
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;
@group(0) @binding(7) var<storage, read_write> cells: array<f32>;

const EACH = (UNITS + LANES - 1u) / LANES;
var<workgroup> hidden: array<vec4f, COPIES * UNITS>;

fn gate(at: vec4u, bias: f32) -> vec4f {
  return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]) + bias;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let sample = samples(group.x);
  let first = first_rows(group.x);
  var h: array<vec4f, EACH>;
  var c: array<vec4f, EACH>;
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
      let at = row * (4u * UNITS) + u;
      var i = gate(at, b[u]);
      var f = gate(at + UNITS, b[u + UNITS]);
      var g = gate(at + 2u * UNITS, b[u + 2u * UNITS]);
      var o = gate(at + 3u * UNITS, b[u + 3u * UNITS]);
      var at_w = u;
      for (var k = 0u; k < UNITS; k++) {
        let state = hidden[now + k];
        i += w[at_w] * state;
        f += w[at_w + UNITS] * state;
        g += w[at_w + 2u * UNITS] * state;
        o += w[at_w + 3u * UNITS] * state;
        at_w += 4u * UNITS;
      }
      i = sigmoid(i);
      f = sigmoid(f);
      g = tanh_clamped(g);
      o = sigmoid(o);
      c[e] = select(f * c[e] + i * g, c[e], keep);
      h[e] = select(o * tanh_clamped(c[e]), h[e], keep);
      for (var s = 0u; s < 4u; s++) {
        if (sample[s] < BATCH) {
          gates[at[s]] = i[s];
          gates[at[s] + UNITS] = f[s];
          gates[at[s] + 2u * UNITS] = g[s];
          gates[at[s] + 3u * UNITS] = o[s];
          cells[row[s] * UNITS + u] = c[e][s];
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
