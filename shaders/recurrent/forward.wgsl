// All time steps of a recurrent layer. A workgroup has 4 · PARTS samples, whose last state it shares; an invocation has
// the units local.x, + LANES, … Before it comes how it sums (sums.wgsl or sums_subgroup.wgsl), after it the cell's file: a
// slot of SLOT units, and how a step ends.
// Constants: BATCH, TIME, UNITS; LANES, PARTS; REVERSE, PADDED, PADDING (the token).
// use: recurrent
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> tokens: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> last: array<f32>;

const STRIDE = SLOTS * SLOT * LANES;
// Whether an index counts: software adapters pay dearly for branches and loops, so those without need are left out.
fn is_unit(u: u32) -> bool { return UNITS % STRIDE == 0u || u < UNITS; }
var<workgroup> shared_vectors: array<vec4f, UNITS * PARTS>;

fn inputs(at: vec4u) -> vec4f { return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]); }
fn state(u: u32, part: u32) -> vec4f { return shared_vectors[u * PARTS + part]; }
fn store_state(now: Now, step: u32, u: u32, h: vec4f) {
  let at = now.row * UNITS + u;
  y[at.x] = h.x;
  y[at.y] = h.y;
  y[at.z] = h.z;
  y[at.w] = h.w;
  if (step == TIME - 1u) {
    let at_last = now.sample * UNITS + u;
    last[at_last.x] = h.x;
    last[at_last.y] = h.y;
    last[at_last.z] = h.z;
    last[at_last.w] = h.w;
  }
}

fn slots(u: u32, group: u32, step: u32) {
  let v = u + SLOT * LANES;
  // The state before the first step is nothing.
  let count = select(0u, UNITS, step > 0u);
  let sums = sums_over(count, columns(u), columns(v), GATES * UNITS, u);
  let now = now_of(group, 0u, step);
  finish(sums.a0, u, 0u, now, step);
  if (SLOTS == 2u) {
    finish(sums.b0, v, 0u, now, step);
  }
  if (PARTS == 2u) {
    let now = now_of(group, 1u, step);
    finish(sums.a1, u, 1u, now, step);
    if (SLOTS == 2u) {
      finish(sums.b1, v, 1u, now, step);
    }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  for (var i = local.x; i < UNITS * PARTS; i += LANES) {
    shared_vectors[i] = vec4f();
  }
  for (var step = 0u; step < TIME; step++) {
    workgroupBarrier();
    if (UNITS <= STRIDE) {
      slots(local.x, group.x, step);
    } else {
      for (var first = 0u; first < UNITS; first += STRIDE) {
        slots(local.x + first, group.x, step);
      }
    }
    workgroupBarrier();
    for (var first = 0u; first < UNITS; first += LANES) {
      let u = local.x + first;
      if (is_unit(u)) {
        for (var part = 0u; part < PARTS; part++) {
          let at = now_of(group.x, part, step).row * UNITS + u;
          shared_vectors[u * PARTS + part] = vec4f(y[at.x], y[at.y], y[at.z], y[at.w]);
        }
      }
    }
  }
}
