// For losses, which one workgroup of LANES computes.
// use: step, turns
alias Number = vec4f;
const SUMS = 1u;
const SHARES = LANES;
const TOGETHER = 8u;
fn workgroup_total(value: vec4f, lane: u32) -> vec4f {
  workgroupBarrier(); // an earlier total may still be read
  add_up(value, 0u, lane);
  // By one: it takes as long as by all, and software adapters would do it LANES times.
  if (lane == 0u) {
    partials[0] = total(0u);
  }
  workgroupBarrier();
  return partials[0];
}
// Where a step's number goes: in a metric's ring to the step's slot, elsewhere to the only place there is.
fn slot(length: u32) -> u32 {
  return min(step.slot, length - 1u);
}
