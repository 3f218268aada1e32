// A term by ERROR, d = y - target: 0: d^2; 1: |d|; 2: d^2 / 2 where |d| <= DELTA, else DELTA (|d| - DELTA / 2).
// loss = their sum / (valid elements / TERMS); dy = its derivative. One workgroup.
// Constants: COUNT, BATCH, TERMS (elements that make one term of the mean), LANES, ERROR, DELTA.
// use: loss
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dy: array<f32>;

// The term and its derivative.
fn error(d: f32) -> vec2f {
  if (ERROR == 0u) {
    return vec2f(d * d, 2.0 * d);
  }
  if (ERROR == 1u) {
    return vec2f(abs(d), sign(d));
  }
  let near = min(abs(d), DELTA);
  return vec2f(0.5 * near * near + DELTA * (abs(d) - near), clamp(d, -DELTA, DELTA));
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (COUNT / BATCH);
  let divisor = f32(valid / TERMS);
  var sum = 0.0;
  for (var i = lane; i < COUNT; i += LANES) {
    let e = error(select(0.0, y[i] - targets[i], i < valid));
    sum += e.x;
    dy[i] = e.y / divisor;
  }
  let total = workgroup_total(vec4f(sum), lane);
  if (lane == 0u) {
    loss[slot(arrayLength(&loss))] = total.x / divisor;
  }
}
