// The product of two matrices in tiles of 8 rows × 4 columns an invocation, for the kernels of this folder that end in
// _subgroup. a is [M, K], or [K, M] where TRANSPOSE_A is 1; b is [K, N], or [N, K] where TRANSPOSE_B is 1. K and the
// last sizes of both are multiples of 4: all loads are of four numbers.
// Constants: M, N, K; TRANSPOSE_A, TRANSPOSE_B; ACROSS, DOWN (invocations of a workgroup along n and m).
// SHARE invocations side by side, 4 or 8, hold a's numbers for each other: the size of a subgroup is a multiple of it,
// and ACROSS is a multiple of that. What is loaded once is broadcast: a load costs as much as ten multiply-adds on
// software adapters. No barriers.
// use: subgroup_tile
const A_ROW = select(K, M, TRANSPOSE_A == 1u) / 4u;
const B_ROW = select(N, K, TRANSPOSE_B == 1u) / 4u;
const COLUMNS = N / 4u;

// b's four rows from 4k on, for the four columns; a column of the matrix is a row of b. `first`: where b begins.
fn right(first: u32, k: u32, column: u32) -> mat4x4f {
  if (TRANSPOSE_B == 1u) {
    let at = first + column * 4u * B_ROW + k;
    return transpose(mat4x4f(b[at], b[at + B_ROW], b[at + 2u * B_ROW], b[at + 3u * B_ROW]));
  }
  let at = first + k * 4u * B_ROW + column;
  return mat4x4f(b[at], b[at + B_ROW], b[at + 2u * B_ROW], b[at + 3u * B_ROW]);
}

// Rows from `row` on, a multiple of 8. `column` counts fours. `index`: which of several products.
fn product(row: u32, column: u32, lane: u32, index: u32) -> Tile {
  let first_a = index * (M * K / 4u);
  let first_b = index * (K * N / 4u);
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = vec4f();
  var y6 = vec4f();
  var y7 = vec4f();
  if (TRANSPOSE_A == 1u) {
    // Of the four k, invocation j holds the j-th: four rows in a vector, twice.
    let at = row / 4u;
    let next = min(at + 1u, A_ROW - 1u) - at;
    var at_a = first_a + (lane % 4u) * A_ROW + at;
    for (var k = 0u; k < K / 4u; k++) {
      let w = right(first_b, k, column);
      let a0 = a[at_a];
      let a1 = a[at_a + next];
      y0 += w * gathered(a0.x);
      y1 += w * gathered(a0.y);
      y2 += w * gathered(a0.z);
      y3 += w * gathered(a0.w);
      y4 += w * gathered(a1.x);
      y5 += w * gathered(a1.y);
      y6 += w * gathered(a1.z);
      y7 += w * gathered(a1.w);
      at_a += 4u * A_ROW;
    }
  } else if (SHARE == 8u) {
    // Of the eight rows, invocation j holds the j-th: its four k in a vector.
    let at_a = first_a + min(row + lane % 8u, M - 1u) * A_ROW;
    for (var k = 0u; k < A_ROW; k++) {
      let w = right(first_b, k, column);
      let a0 = a[at_a + k];
      y0 += w * subgroupBroadcast(a0, 0u);
      y1 += w * subgroupBroadcast(a0, 1u);
      y2 += w * subgroupBroadcast(a0, 2u);
      y3 += w * subgroupBroadcast(a0, 3u);
      y4 += w * subgroupBroadcast(a0, 4u);
      y5 += w * subgroupBroadcast(a0, 5u);
      y6 += w * subgroupBroadcast(a0, 6u);
      y7 += w * subgroupBroadcast(a0, 7u);
    }
  } else {
    let at_a0 = first_a + min(row + lane % 4u, M - 1u) * A_ROW;
    let at_a1 = first_a + min(row + lane % 4u + 4u, M - 1u) * A_ROW;
    for (var k = 0u; k < A_ROW; k++) {
      let w = right(first_b, k, column);
      let a0 = a[at_a0 + k];
      let a1 = a[at_a1 + k];
      y0 += w * subgroupBroadcast(a0, 0u);
      y1 += w * subgroupBroadcast(a0, 1u);
      y2 += w * subgroupBroadcast(a0, 2u);
      y3 += w * subgroupBroadcast(a0, 3u);
      y4 += w * subgroupBroadcast(a1, 0u);
      y5 += w * subgroupBroadcast(a1, 1u);
      y6 += w * subgroupBroadcast(a1, 2u);
      y7 += w * subgroupBroadcast(a1, 3u);
    }
  }
  return Tile(y0, y1, y2, y3, y4, y5, y6, y7);
}
