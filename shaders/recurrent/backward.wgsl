// Gradients of a recurrent layer's gates, from the last time step to the first. A workgroup has 4 · PARTS samples; an
// invocation has the units local.x, + LANES, …, AT_ONCE at once. Before it comes how it sums, after it the cell's file follows: what a step does to a unit.
// Constants: as forward.wgsl; SHARED: gates whose gradients are shared between two barriers; SEQUENCE, LAST: whether
// there is dy, dh.
// use: recurrent, quad
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> dh: array<f32>;
@group(0) @binding(3) var<storage, read> tokens: array<u32>;

const AT_ONCE = 4u * SLOTS;
// Whether an index counts, as forward.wgsl.
fn is_unit(u: u32) -> bool { return UNITS % (AT_ONCE * LANES) == 0u || u < UNITS; }
const EACH = (UNITS + AT_ONCE * LANES - 1u) / (AT_ONCE * LANES) * AT_ONCE;
var<workgroup> shared_vectors: array<vec4f, SHARED * UNITS * PARTS>;
struct State { h: vec4f, c: vec4f } // gradients of a unit's state and, in an LSTM, its cell
alias States = array<State, EACH * PARTS>;

fn add(states: ptr<function, States>, at: u32, sums: mat4x4f) {
  (*states)[at].h += sums[0];
  (*states)[at + PARTS].h += sums[1];
  (*states)[at + 2u * PARTS].h += sums[2];
  (*states)[at + 3u * PARTS].h += sums[3];
}

// What comes through w to AT_ONCE units of an invocation, from e on.
fn some_units(states: ptr<function, States>, lane: u32, e: u32, gate: u32) {
  let a = lane + (e + vec4u(0u, 1u, 2u, 3u)) * LANES;
  let at_a = min(a, vec4u(UNITS - 1u)) * (GATES * UNITS) + gate * UNITS;
  let at_b = min(a + 4u * LANES, vec4u(UNITS - 1u)) * (GATES * UNITS) + gate * UNITS;
  let sums = sums_over(SHARED * UNITS, at_a, at_b, 1u, lane);
  let at = e * PARTS;
  add(states, at, sums.a0);
  if (SLOTS == 2u) {
    add(states, at + 4u * PARTS, sums.b0);
  }
  if (PARTS == 2u) {
    add(states, at + 1u, sums.a1);
    if (SLOTS == 2u) {
      add(states, at + 4u * PARTS + 1u, sums.b1);
    }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  var states: States;
  for (var left = TIME; left > 0u; left--) {
    let step = left - 1u;
    for (var i = 0u; i < EACH * PARTS; i++) {
      let u = local.x + i / PARTS * LANES;
      let now = now_of(group.x, i % PARTS, step);
      if (is_unit(u)) {
        if (LAST == 1u && left == TIME) {
          let at = now.sample * UNITS + u;
          states[i].h = vec4f(dh[at.x], dh[at.y], dh[at.z], dh[at.w]);
        }
        if (SEQUENCE == 1u) {
          let at = now.row * UNITS + u;
          states[i].h += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
        }
        states[i] = unit_grad(states[i], u, now, step);
      }
    }
    if (step == 0u) {
      break; // the state before the first has no gradient
    }
    for (var gate = 0u; gate < GATES; gate += SHARED) {
      workgroupBarrier(); // what was shared before may still be read
      for (var i = 0u; i < EACH * PARTS; i++) {
        let u = local.x + i / PARTS * LANES;
        let at = now_of(group.x, i % PARTS, step).row * (GATES * UNITS) + gate * UNITS + u;
        if (is_unit(u)) {
          for (var n = 0u; n < SHARED; n++) {
            shared_vectors[(n * UNITS + u) * PARTS + i % PARTS] = gate_grad(at + n * UNITS);
          }
        }
      }
      workgroupBarrier();
      if (EACH == AT_ONCE) {
        some_units(&states, local.x, 0u, gate);
      } else {
        for (var e = 0u; e < EACH; e += AT_ONCE) {
          some_units(&states, local.x, e, gate);
        }
      }
    }
  }
}
