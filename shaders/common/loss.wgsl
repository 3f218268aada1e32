// For losses, which one workgroup of LANES computes.
// use: step
// Invocations that leave their numbers at once. Browsers zero a workgroup's memory; software adapters write that out,
// number by number, and compile it for long.
const TOGETHER = 8u;
var<workgroup> partials: array<vec4f, TOGETHER>;
fn workgroup_total(value: vec4f, lane: u32) -> vec4f {
  for (var turn = 0u; turn < LANES / TOGETHER; turn++) {
    workgroupBarrier(); // an earlier total may still be read
    if (lane / TOGETHER == turn) {
      partials[lane % TOGETHER] = value + select(partials[lane % TOGETHER], vec4f(), turn == 0u);
    }
  }
  workgroupBarrier();
  // By one: it takes as long as by all, and software adapters would do it LANES times.
  if (lane == 0u) {
    var total = vec4f(0.0);
    for (var i = 0u; i < TOGETHER; i++) {
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
