// For losses, which one workgroup of LANES computes.
// use: step
var<workgroup> partials: array<vec4f, LANES>;
fn workgroup_total(value: vec4f, lane: u32) -> vec4f {
  workgroupBarrier(); // an earlier total may still be read
  partials[lane] = value;
  workgroupBarrier();
  // By one: it takes as long as by all, and software adapters would do it LANES times.
  if (lane == 0u) {
    var total = vec4f(0.0);
    for (var i = 0u; i < LANES; i++) {
      total += partials[i];
    }
    partials[0] = total;
  }
  workgroupBarrier();
  return partials[0];
}
// Where a step's number goes: in a metric's ring to the step's slot, elsewhere to the only place there is.
fn slot(length: u32) -> u32 {
  return min(step.slot, length - 1u);
}
