// Four rows of w, below each other, of a slot's columns.
@group(0) @binding(0) var<storage, read> w: array<f32>;
fn slot_begin(at: Columns, lane: u32) -> Columns { return at; }
fn slot_step(stride: u32) -> u32 { return 4u * stride; }
fn four_rows(at: Columns, stride: u32) -> Rows {
  return Rows(weights(at), weights(at + stride), weights(at + 2u * stride), weights(at + 3u * stride));
}
fn of_slot(rows: Rows, lane: u32) -> Slot {
  var slot = transpose(sorted(rows, lane));
  // unroll
  for (var i = 0u; i < GATES * SLOT; i++) {
    slot[i] = transposed(slot[i], lane);
  }
  return slot;
}
