// Gradients of a recurrent layer's gates, from the last time step to the first. A workgroup has 4 · PARTS samples; an
// invocation has AT_ONCE units at once. They tell each other the gates' gradients.
// Before it comes how it sums, after it the cell's file: what a step does to a unit.
// Constants: as forward.wgsl; SEQUENCE, LAST: whether there is dy, dh.
// use: recurrent, quad
@group(0) @binding(3) var<storage, read> dh: array<f32>;
@group(0) @binding(4) var<storage, read> tokens: array<u32>;

const AT_ONCE = 4u * SLOTS;
// Whether an index counts, as forward.wgsl.
fn is_unit(u: u32) -> bool { return UNITS % (AT_ONCE * LANES) == 0u || u < UNITS; }
const BLOCKS = (UNITS + AT_ONCE * LANES - 1u) / (AT_ONCE * LANES) * SLOTS;
struct State { h: vec4f, c: vec4f } // gradients of a unit's state and, in an LSTM, its cell
alias States = array<State, 4u * BLOCKS * PARTS>;

// A step of AT_ONCE units of an invocation, from a block of four on.
fn some_units(states: ptr<function, States>, group: u32, lane: u32, block: u32, step: u32) {
  var first: array<Columns, SLOTS>;
  var vectors: Vectors;
  // unroll
  for (var slot = 0u; slot < SLOTS; slot++) {
    first[slot] = min(block_units(lane, block + slot), vec4u(UNITS - 1u)) * (GATES * UNITS);
  }
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    vectors[part] = now_of(samples(group * PARTS + part, 0u, lane), min(step + 1u, TIME - 1u)).row * (GATES * UNITS);
  }
  // Nothing comes through w to the last step.
  let count = select(0u, GATES * UNITS, step + 1u < TIME);
  var sums = sums_over(count, first, 1u, vectors, lane);
  for (var i = 0u; i < AT_ONCE * PARTS; i++) {
    let quarter = i % 4u;
    let u = quarter_units(lane, block + i / 4u / PARTS, quarter);
    if (is_unit(first_unit(u))) {
      let now = now_of(samples(group * PARTS + i / 4u % PARTS, quarter, lane), step);
      let at = 4u * block * PARTS + i;
      var state = State(sums[i / 4u][quarter], (*states)[at].c);
      if (KEEPS_H) {
        state.h += (*states)[at].h;
      }
      if (LAST == 1u && step + 1u == TIME) {
        let at_h = now.sample * UNITS + u;
        state.h += vec4f(dh[at_h.x], dh[at_h.y], dh[at_h.z], dh[at_h.w]);
      }
      if (SEQUENCE == 1u) {
        state.h += given_vector(now.row * UNITS, u);
      }
      state = unit_grad(state, u, now, step);
      (*states)[at].c = state.c;
      if (KEEPS_H) {
        (*states)[at].h = state.h;
      }
    }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  var states: States;
  for (var left = TIME; left > 0u; left--) {
    if (BLOCKS == SLOTS) {
      some_units(&states, group.x, local.x, 0u, left - 1u);
    } else {
      for (var block = 0u; block < BLOCKS; block += SLOTS) {
        some_units(&states, group.x, local.x, block, left - 1u);
      }
    }
    storageBarrier(); // all gates' gradients of the step are there
  }
}
