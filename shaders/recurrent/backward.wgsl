// Gradients of a recurrent layer's gates, from the last time step to the first. A workgroup has 4 · PARTS samples; an
// invocation has the units local.x, + LANES, …, AT_ONCE at once. They tell each other the gates' gradients.
// Before it comes how it sums, after it the cell's file: what a step does to a unit.
// Constants: as forward.wgsl; SEQUENCE, LAST: whether there is dy, dh.
// use: recurrent, quad
@group(0) @binding(3) var<storage, read> dh: array<f32>;
@group(0) @binding(4) var<storage, read> tokens: array<u32>;

const AT_ONCE = 4u * SLOTS;
// Whether an index counts, as forward.wgsl.
fn is_unit(u: u32) -> bool { return UNITS % (AT_ONCE * LANES) == 0u || u < UNITS; }
const EACH = (UNITS + AT_ONCE * LANES - 1u) / (AT_ONCE * LANES) * AT_ONCE;
struct State { h: vec4f, c: vec4f } // gradients of a unit's state and, in an LSTM, its cell
alias States = array<State, EACH * PARTS>;

// What comes through w to AT_ONCE units of an invocation, from e on.
fn some_units(states: ptr<function, States>, lane: u32, e: u32, vectors: Vectors) {
  var first: array<Columns, SLOTS>;
  // unroll
  for (var slot = 0u; slot < SLOTS; slot++) {
    let units = lane + (e + 4u * slot + vec4u(0u, 1u, 2u, 3u)) * LANES;
    first[slot] = min(units, vec4u(UNITS - 1u)) * (GATES * UNITS);
  }
  var sums = sums_over(GATES * UNITS, first, 1u, vectors, lane);
  for (var i = 0u; i < AT_ONCE * PARTS; i++) {
    let unit = i / PARTS;
    (*states)[e * PARTS + i].h += sums[unit / 4u * PARTS + i % PARTS][unit % 4u];
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
          states[i].h += given_vector(now.row * UNITS, u);
        }
        states[i] = unit_grad(states[i], u, now, step);
      }
    }
    if (step == 0u) {
      break; // the state before the first has no gradient
    }
    storageBarrier(); // all gates' gradients of the step are there
    var vectors: Vectors;
    // unroll
    for (var part = 0u; part < PARTS; part++) {
      vectors[part] = now_of(group.x, part, step).row * (GATES * UNITS);
    }
    if (EACH == AT_ONCE) {
      some_units(&states, local.x, 0u, vectors);
    } else {
      for (var e = 0u; e < EACH; e += AT_ONCE) {
        some_units(&states, local.x, e, vectors);
      }
    }
  }
}
