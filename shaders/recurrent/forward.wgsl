// All time steps of a recurrent layer. A workgroup has 4 · PARTS samples; an invocation has the units local.x, + LANES, …
// They tell each other y. Before it come how it sums and what it adds (sums.wgsl and bias.wgsl, or those with subgroups), after
// it the cell's file: a slot of SLOT units, and how a step ends.
// Constants: BATCH, TIME, UNITS; LANES, PARTS; REVERSE, PADDED, PADDING (the token).
// use: recurrent
@group(0) @binding(4) var<storage, read> tokens: array<u32>;
@group(0) @binding(5) var<storage, read_write> last: array<f32>;

const STRIDE = SLOTS * SLOT * LANES;
// Whether an index counts: software adapters pay dearly for branches and loops, so those without need are left out.
fn is_unit(u: u32) -> bool { return UNITS % STRIDE == 0u || u < UNITS; }

// The state before a step.
fn state(now: Now, step: u32, u: Units) -> vec4f {
  return select(vec4f(), vector(now.before * UNITS, u), vec4<bool>(step > 0u));
}

fn slots(u: u32, group: u32, step: u32) {
  var first: array<Columns, SLOTS>;
  var vectors: Vectors;
  // unroll
  for (var slot = 0u; slot < SLOTS; slot++) {
    first[slot] = columns(u + slot * SLOT * LANES);
  }
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    vectors[part] = now_of(samples(group * PARTS + part, 0u, u), step).before * UNITS;
  }
  // The state before the first step is nothing.
  let count = select(0u, UNITS, step > 0u);
  var sums = sums_over(count, first, GATES * UNITS, vectors, u);
  // Written out, it would be compiled for long.
  for (var i = 0u; i < SLOTS * PARTS; i++) {
    finish(sums[i], u + i / PARTS * (SLOT * LANES), now_of(samples(group * PARTS + i % PARTS, 0u, u), step), step);
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  for (var step = 0u; step < TIME; step++) {
    if (UNITS <= STRIDE) {
      slots(local.x, group.x, step);
    } else {
      for (var first = 0u; first < UNITS; first += STRIDE) {
        slots(local.x + first, group.x, step);
      }
    }
    storageBarrier(); // all states of the step are there
  }
  for (var u = local.x; u < UNITS; u += LANES) {
    for (var part = 0u; part < PARTS; part++) {
      let now = now_of(samples(group.x * PARTS + part, 0u, u), TIME - 1u);
      let h = vector(now.row * UNITS, units(u));
      let at = now.sample * UNITS + units(u);
      last[at.x] = h.x;
      last[at.y] = h.y;
      last[at.z] = h.z;
      last[at.w] = h.w;
    }
  }
}
