// loss = mean over valid elements of (y - target)^2; dy = 2 (y - target) / valid elements. One workgroup.
// Constants: COUNT, BATCH.
// use: step, reduce
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> target_: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (COUNT / BATCH);
  var sum = 0.0;
  for (var i = lane; i < COUNT; i += 64u) {
    let d = select(0.0, y[i] - target_[i], i < valid);
    sum += d * d;
    dy[i] = 2.0 * d / f32(valid);
  }
  let total = workgroup_sum(sum, lane);
  if (lane == 0u) {
    loss[step.slot] = total / f32(valid);
  }
}
