// By channels, over the VALID rows of the batch and all pixels: mean, unbiased variance, rstd = 1 / sqrt(variance +
// EPSILON); y = (x - mean) rstd w + b, for all rows. A workgroup a channel.
// Constants: BATCH, CHANNELS, INNER (pixels), ACROSS (invocations side by side along them), EPSILON.
// use: step, reduce
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> variance: array<f32>;
@group(0) @binding(6) var<storage, read_write> rstd: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channel = group.x;
  let rows = min(step.rows, BATCH);
  let count = f32(rows * INNER);
  var sum = 0.0;
  for (var row = lane / ACROSS; row < rows; row += 64u / ACROSS) {
    let start = (row * CHANNELS + channel) * INNER;
    for (var p = lane % ACROSS; p < INNER; p += ACROSS) {
      sum += x[start + p];
    }
  }
  let centre = workgroup_sum(sum, lane) / count;
  var squares = 0.0;
  for (var row = lane / ACROSS; row < rows; row += 64u / ACROSS) {
    let start = (row * CHANNELS + channel) * INNER;
    for (var p = lane % ACROSS; p < INNER; p += ACROSS) {
      let d = x[start + p] - centre;
      squares += d * d;
    }
  }
  let total = workgroup_sum(squares, lane);
  let spread = inverseSqrt(total / count + EPSILON);
  let scale = spread * w[channel];
  let shift = b[channel];
  for (var row = lane / ACROSS; row < BATCH; row += 64u / ACROSS) {
    let start = (row * CHANNELS + channel) * INNER;
    for (var p = lane % ACROSS; p < INNER; p += ACROSS) {
      y[start + p] = (x[start + p] - centre) * scale + shift;
    }
  }
  if (lane == 0u) {
    mean[channel] = centre;
    variance[channel] = total / max(count - 1.0, 1.0);
    rstd[channel] = spread;
  }
}
