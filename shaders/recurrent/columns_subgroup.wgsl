// Four rows of w, below each other, of a slot's columns.
@group(0) @binding(0) var<storage, read> w: array<f32>;
fn four_rows(at: Columns, stride: u32) -> Rows {
  return Rows(weights(at), weights(at + stride), weights(at + 2u * stride), weights(at + 3u * stride));
}
