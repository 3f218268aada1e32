// loss = mean over valid rows of log(sum exp(x)) - x[label]; correct = rows whose largest logit is
// the label's; dlogits = (softmax(x) - one_hot(label)) / valid rows. One workgroup.
// Constants: ROWS, CLASSES, BATCH (rows of a batch may be several a sample).
// use: step, reduce
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> correct: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (ROWS / BATCH);
  var loss_sum = 0.0;
  var correct_sum = 0.0;
  for (var row = lane; row < ROWS; row += 64u) {
    let start = row * CLASSES;
    let label = labels[row];
    var top = logits[start];
    var best = 0u;
    for (var c = 1u; c < CLASSES; c++) {
      let x = logits[start + c];
      if (x > top) {
        top = x;
        best = c;
      }
    }
    var sum = 0.0;
    for (var c = 0u; c < CLASSES; c++) {
      sum += exp(logits[start + c] - top);
    }
    let weight = select(0.0, 1.0 / f32(valid), row < valid);
    for (var c = 0u; c < CLASSES; c++) {
      let p = exp(logits[start + c] - top) / sum;
      dlogits[start + c] = weight * (p - select(0.0, 1.0, c == label));
    }
    if (row < valid) {
      loss_sum += log(sum) + top - logits[start + label];
      correct_sum += select(0.0, 1.0, best == label);
    }
  }
  let total = workgroup_sum(loss_sum, lane);
  let hits = workgroup_sum(correct_sum, lane);
  if (lane == 0u) {
    loss[step.slot] = total / f32(valid);
    correct[step.slot] = hits;
  }
}
