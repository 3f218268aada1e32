// db[c] = sum of dy by channels, over batch and pixels. A workgroup a channel.
// Constants: BATCH, CHANNELS, INNER (pixels), ACROSS (invocations side by side along them).
// use: reduce
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channel = group.x;
  var sum = 0.0;
  for (var row = lane / ACROSS; row < BATCH; row += 64u / ACROSS) {
    let start = (row * CHANNELS + channel) * INNER;
    for (var p = lane % ACROSS; p < INNER; p += ACROSS) {
      sum += dy[start + p];
    }
  }
  sum = workgroup_sum(sum, lane);
  if (lane == 0u) {
    db[channel] = sum;
  }
}
