// x: a sample's SIZE means, then its SIZE logarithms of variances.
// loss = mean over valid samples of the sum of (mean^2 + variance - log(variance) - 1) / 2; dx = its derivative.
// One workgroup. Constants: BATCH, SIZE, LANES.
// use: loss
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH);
  var sum = 0.0;
  for (var i = lane; i < BATCH * SIZE; i += LANES) {
    let sample = i / SIZE;
    let at = sample * 2u * SIZE + i % SIZE;
    var d_mean = 0.0;
    var d_log = 0.0;
    if (sample < valid) {
      let mean = x[at];
      let log_variance = x[at + SIZE];
      let variance = exp(log_variance);
      sum += 0.5 * (mean * mean + variance - log_variance - 1.0);
      d_mean = mean / f32(valid);
      d_log = 0.5 * (variance - 1.0) / f32(valid);
    }
    dx[at] = d_mean;
    dx[at + SIZE] = d_log;
  }
  let total = workgroup_total(vec4f(sum), lane);
  if (lane == 0u) {
    loss[slot(arrayLength(&loss))] = total.x / f32(valid);
  }
}
