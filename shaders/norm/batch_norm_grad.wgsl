// h = (x - mean) rstd; dw = sum of dy h, db = sum of dy, by channels; dx = w rstd dy, and where mean and rstd came
// from x itself (MEASURED), w rstd (dy - (db + h dw) / count) in the rows that they came from. A workgroup a channel.
// `spread` is rstd where MEASURED, else the variance. Constants as in batch_norm.wgsl.
// use: step, reduce
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> spread: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> dw: array<f32>;
@group(0) @binding(7) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channel = group.x;
  let centre = mean[channel];
  var rstd = spread[channel];
  if (MEASURED == 0u) {
    rstd = inverseSqrt(rstd + EPSILON);
  }
  var sum = 0.0;
  var dot = 0.0;
  for (var row = lane / ACROSS; row < BATCH; row += 64u / ACROSS) {
    let start = (row * CHANNELS + channel) * INNER;
    for (var p = lane % ACROSS; p < INNER; p += ACROSS) {
      sum += dy[start + p];
      dot += dy[start + p] * (x[start + p] - centre);
    }
  }
  sum = workgroup_sum(sum, lane);
  dot = workgroup_sum(dot, lane) * rstd;
  if (lane == 0u) {
    dw[channel] = dot;
    db[channel] = sum;
  }
  let rows = min(step.rows, BATCH) * MEASURED;
  let count = f32(max(rows * INNER, 1u));
  let scale = w[channel] * rstd;
  for (var row = lane / ACROSS; row < BATCH; row += 64u / ACROSS) {
    let start = (row * CHANNELS + channel) * INNER;
    let among = select(0.0, 1.0 / count, row < rows);
    for (var p = lane % ACROSS; p < INNER; p += ACROSS) {
      let h = (x[start + p] - centre) * rstd;
      dx[start + p] = scale * (dy[start + p] - (sum + h * dot) * among);
    }
  }
}
