// correct = valid rows whose largest score is the label's. One workgroup.
// Constants: ROWS, CLASSES, BATCH.
// use: step, reduce
@group(0) @binding(0) var<storage, read> scores: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> correct: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (ROWS / BATCH);
  var hits = 0.0;
  for (var row = lane; row < valid; row += 64u) {
    var top = scores[row * CLASSES];
    var best = 0u;
    for (var c = 1u; c < CLASSES; c++) {
      let x = scores[row * CLASSES + c];
      if (x > top) {
        top = x;
        best = c;
      }
    }
    hits += select(0.0, 1.0, best == labels[row]);
  }
  let total = workgroup_sum(hits, lane);
  if (lane == 0u) {
    correct[min(step.slot, arrayLength(&correct) - 1u)] = total;
  }
}
