// The product of two matrices with few numbers and a long inner size, for the kernels of this folder that end in _split:
// 64 / LANES invocations share the inner size of a block of 4 rows × 4 LANES columns, then the workgroup adds their sums
// up. So there is work for all of a GPU where there are few results.
// Constants: M, N, K; A_M, A_K, B_K, B_N (strides); LANES (invocations side by side along n).
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const COLUMNS = 4u * LANES;
const PARTS = 64u / LANES;
// Sums of part, row and column.
var<workgroup> part_sums: array<f32, 1024>;

fn keep_row(part: u32, row: u32, column: u32, values: vec4f) {
  let at = (part * 4u + row) * COLUMNS + column;
  part_sums[at] = values.x;
  part_sums[at + LANES] = values.y;
  part_sums[at + 2u * LANES] = values.z;
  part_sums[at + 3u * LANES] = values.w;
}

// Leaves the parts' sums in `part_sums`, for `total` of each. Invocation `lane` adds up columns lane % LANES + (0, 1, 2, 3)
// LANES of the numbers lane / LANES, + PARTS and so on along the inner size.
fn product(m0: u32, n0: u32, lane: u32) {
  let part = lane / LANES;
  let column = lane % LANES;
  let rows = min(m0 + vec4u(0u, 1u, 2u, 3u), vec4u(M - 1u));
  let columns = min(n0 + column + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(N - 1u));
  var at_a = rows * A_M + part * A_K;
  var at_b = columns * B_N + part * B_K;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  for (var k = part; k < K; k += PARTS) {
    let row = vec4f(b[at_b.x], b[at_b.y], b[at_b.z], b[at_b.w]);
    y0 += a[at_a.x] * row;
    y1 += a[at_a.y] * row;
    y2 += a[at_a.z] * row;
    y3 += a[at_a.w] * row;
    at_a += PARTS * A_K;
    at_b += PARTS * B_K;
  }
  keep_row(part, 0u, column, y0);
  keep_row(part, 1u, column, y1);
  keep_row(part, 2u, column, y2);
  keep_row(part, 3u, column, y3);
  workgroupBarrier();
}

// A number of the block, row by row.
fn total(i: u32) -> f32 {
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) {
    sum += part_sums[part * 4u * COLUMNS + i];
  }
  return sum;
}
