// As sums.wgsl, but a slot of w times all eight samples, and four k at once, of which each of four invocations side by
// side loads the state at one: all get it by broadcasts. Sizes are multiples of four.
// use: gathered
const SLOTS = 1u;
struct Sums { a0: Slot, a1: Slot, b0: Slot, b1: Slot } // b is nothing here
fn sums_over(count: u32, first_a: Columns, first_b: Columns, stride: u32, lane: u32) -> Sums {
  var y0 = Row();
  var y1 = Row();
  var y2 = Row();
  var y3 = Row();
  var y4 = Row();
  var y5 = Row();
  var y6 = Row();
  var y7 = Row();
  var at = first_a;
  var at_v = lane % 4u * PARTS;
  for (var k = 0u; k < count; k += 4u) {
    let rows = Rows(weights(at), weights(at + stride), weights(at + 2u * stride), weights(at + 3u * stride));
    let v0 = shared_vectors[at_v];
    y0 += rows * gathered(v0.x);
    y1 += rows * gathered(v0.y);
    y2 += rows * gathered(v0.z);
    y3 += rows * gathered(v0.w);
    if (PARTS == 2u) {
      let v1 = shared_vectors[at_v + 1u];
      y4 += rows * gathered(v1.x);
      y5 += rows * gathered(v1.y);
      y6 += rows * gathered(v1.z);
      y7 += rows * gathered(v1.w);
    }
    at += 4u * stride;
    at_v += 4u * PARTS;
  }
  return Sums(transpose(Rows(y0, y1, y2, y3)), transpose(Rows(y4, y5, y6, y7)), Slot(), Slot());
}
