// What the batch at step.cursor of the data set's order is gathered from, and into. Columns are bound as words; what
// they hold says KIND: 0: bytes that become 0..1, 1: bytes that become u32, 2: f32.
// Constants: BATCH; for x and y: KIND, SIZE (elements of a sample), STRIDE, OFFSET.
// use: index, step
@group(0) @binding(0) var<storage, read> x_column: array<u32>;
@group(0) @binding(1) var<storage, read> y_column: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

// Past the end of an epoch, any sample does: step.rows keeps it out of the loss.
fn sample(row: u32) -> u32 {
  return order[min(step.cursor + row, arrayLength(&order) - 1u)];
}

fn x_byte(at: u32) -> u32 {
  return (x_column[at / 4u] >> (8u * (at % 4u))) & 255u;
}

fn decode(byte: u32, kind: u32) -> u32 {
  return select(byte, bitcast<u32>(f32(byte) / 255.0), kind == 0u);
}

fn gather_y(i: u32) {
  let at = sample(i / Y_SIZE) * Y_STRIDE + Y_OFFSET + i % Y_SIZE;
  if (Y_KIND == 2u) {
    y[i] = y_column[at];
  } else {
    y[i] = decode((y_column[at / 4u] >> (8u * (at % 4u))) & 255u, Y_KIND);
  }
}
