// loss = mean over the rows that count of log(sum exp(x)) - (1 - smoothing) x[label] - smoothing mean(x);
// correct = those whose largest logit is the label's; count = how many; dlogits = (softmax(x) - target) / count, where
// target is (1 - smoothing) one_hot(label) + smoothing / classes. One workgroup.
// Constants: ROWS, CLASSES, BATCH (rows of a batch may be several a sample), LANES, IGNORES, IGNORE, SMOOTHING.
// use: loss
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> correct: array<f32>;
@group(0) @binding(4) var<storage, read_write> count: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;

fn counts(label: u32) -> bool {
  return IGNORES == 0u || label != IGNORE;
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (ROWS / BATCH);
  var counted = f32(valid);
  if (IGNORES == 1u) {
    var own = 0.0;
    for (var row = lane; row < valid; row += LANES) {
      own += select(0.0, 1.0, counts(labels[row]));
    }
    counted = workgroup_total(vec4f(own), lane).x;
  }
  var sums = vec4f(0.0);
  for (var row = lane; row < ROWS; row += LANES) {
    let start = row * CLASSES;
    let label = labels[row];
    if (row >= valid || !counts(label)) {
      for (var c = 0u; c < CLASSES; c++) {
        dlogits[start + c] = 0.0;
      }
      continue;
    }
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
    var distance = 0.0; // of all logits from the largest
    for (var c = 0u; c < CLASSES; c++) {
      let x = logits[start + c] - top;
      sum += exp(x);
      distance += x;
    }
    for (var c = 0u; c < CLASSES; c++) {
      let p = exp(logits[start + c] - top) / sum;
      let wanted = select(0.0, 1.0 - SMOOTHING, c == label) + SMOOTHING / f32(CLASSES);
      dlogits[start + c] = (p - wanted) / counted;
    }
    let own = log(sum) - (1.0 - SMOOTHING) * (logits[start + label] - top) - SMOOTHING / f32(CLASSES) * distance;
    sums += vec4f(own, select(0.0, 1.0, best == label), 0.0, 0.0);
  }
  let total = workgroup_total(sums, lane);
  if (lane == 0u) {
    loss[slot(arrayLength(&loss))] = total.x / max(counted, 1.0);
    correct[slot(arrayLength(&correct))] = total.y;
    count[slot(arrayLength(&count))] = counted;
  }
}
