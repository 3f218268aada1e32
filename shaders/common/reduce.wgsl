// Sum over a workgroup of 64: one barrier, because software adapters pay dearly for each.
var<workgroup> partial: array<f32, 64>;
fn workgroup_sum(value: f32, local: u32) -> f32 {
  workgroupBarrier(); // an earlier sum may still be read
  partial[local] = value;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < 64u; i++) {
    sum += partial[i];
  }
  return sum;
}
