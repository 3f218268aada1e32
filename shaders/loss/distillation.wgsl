// loss = T^2 mean over valid rows of sum p (log p - log q), p = softmax(teacher / T), q = softmax(student / T);
// dstudent = T (q - p) / valid rows. One workgroup.
// Constants: ROWS, CLASSES, BATCH (rows of a batch may be several a sample), LANES, TEMPERATURE.
// use: loss
@group(0) @binding(0) var<storage, read> student: array<f32>;
@group(0) @binding(1) var<storage, read> teacher: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dstudent: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  let valid = min(step.rows, BATCH) * (ROWS / BATCH);
  var divergence = 0.0;
  for (var row = lane; row < ROWS; row += LANES) {
    let start = row * CLASSES;
    var top = vec2f(student[start], teacher[start]);
    for (var c = 1u; c < CLASSES; c++) {
      top = max(top, vec2f(student[start + c], teacher[start + c]));
    }
    var sum = vec2f(0.0);
    for (var c = 0u; c < CLASSES; c++) {
      sum += exp((vec2f(student[start + c], teacher[start + c]) - top) / TEMPERATURE);
    }
    let logs = log(sum);
    let weight = select(0.0, TEMPERATURE / f32(valid), row < valid);
    var own = 0.0;
    for (var c = 0u; c < CLASSES; c++) {
      let x = (vec2f(student[start + c], teacher[start + c]) - top) / TEMPERATURE - logs;
      let p = exp(x.y);
      own += p * (x.y - x.x);
      dstudent[start + c] = weight * (exp(x.x) - p);
    }
    divergence += select(0.0, own, row < valid);
  }
  let total = workgroup_total(vec4f(divergence), lane);
  if (lane == 0u) {
    loss[slot(arrayLength(&loss))] = TEMPERATURE * TEMPERATURE * total.x / f32(valid);
  }
}
