// A term: max(x, 0) - x t + log(1 + exp(-|x|)); loss = their sum / (valid elements / TERMS).
// correct = elements on the target's side of the threshold / TERMS; count = the divisor; dlogits = (sigmoid(x) - t) / count.
// One workgroup. Constants: COUNT, BATCH, TERMS (elements that make one term of the mean), LANES.
// use: loss
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> correct: array<f32>;
@group(0) @binding(4) var<storage, read_write> count: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;

// log(1 + e) for e in [0, 1], as 2 atanh(e / (2 + e)): exact where e is too small to be added to 1.
fn log_of_one_and(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let q = s * s;
  let series = 1.0 + q * (0.33333333 + q * (0.2 + q * (0.14285714 + q * (0.11111111 + q * (0.09090909 + q * 0.07692308)))));
  return 2.0 * s * series;
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (COUNT / BATCH);
  let divisor = f32(valid / TERMS);
  var sums = vec4f(0.0);
  for (var i = lane; i < COUNT; i += LANES) {
    var gradient = 0.0;
    if (i < valid) {
      let x = logits[i];
      let t = targets[i];
      let e = exp(-abs(x));
      let right = (x > 0.0) == (t > 0.5);
      sums += vec4f(max(x, 0.0) - x * t + log_of_one_and(e), select(0.0, 1.0, right), 0.0, 0.0);
      gradient = (select(e, 1.0, x >= 0.0) / (1.0 + e) - t) / divisor;
    }
    dlogits[i] = gradient;
  }
  let total = workgroup_total(sums, lane);
  if (lane == 0u) {
    loss[slot(arrayLength(&loss))] = total.x / divisor;
    correct[slot(arrayLength(&correct))] = total.y / f32(TERMS);
    count[slot(arrayLength(&count))] = divisor;
  }
}
