// The product of two matrices in tiles of 4 · FOURS rows × 4 columns an invocation, for the kernels of this folder that
// end in _subgroup. a is [M, K], or [K, M] where TRANSPOSE_A is 1; b is [K, N], or [N, K] where TRANSPOSE_B is 1. K and
// the last sizes of both are multiples of 4: all loads are of four numbers.
// Constants: M, N, K; TRANSPOSE_A, TRANSPOSE_B; FOURS; ACROSS, DOWN (invocations of a workgroup along n and m).
// Four invocations side by side hold a's numbers for each other: a load costs as much as ten multiply-adds on software
// adapters. No barriers.
// use: gathered, sorted
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
const A_ROW = select(K, M, TRANSPOSE_A == 1u) / 4u;
const B_ROW = select(N, K, TRANSPOSE_B == 1u) / 4u;
const COLUMNS = N / 4u;
const ROWS = 4u * FOURS;
// Software adapters keep elements in registers where all indices are constants.
alias Tile = array<mat4x4f, FOURS>;
alias Rows = mat4x4f; // four of b

// Which row of the matrix a tile's row r is, from the tile's first on.
fn tile_row(r: u32, lane: u32) -> u32 { return r ^ select(lane % 4u, 0u, TRANSPOSE_A == 1u); }

// b's four rows from 4k on in an order, neighbours of order.x, for the four columns; a column of the matrix is a row of b.
// `first`: where b begins.
fn right(first: u32, k: u32, column: u32, order: vec4u) -> Rows {
  if (TRANSPOSE_B == 1u) {
    let at = first + column * 4u * B_ROW + k;
    return sorted(transpose(mat4x4f(b[at], b[at + B_ROW], b[at + 2u * B_ROW], b[at + 3u * B_ROW])), order.x);
  }
  let at = first + k * 4u * B_ROW + column + order * B_ROW;
  return Rows(b[at.x], b[at.y], b[at.z], b[at.w]);
}

// Rows from `row` on, a multiple of ROWS. `column` counts fours. `index`: which of several products.
fn product(row: u32, column: u32, lane: u32, index: u32) -> Tile {
  let first_a = index * (M * K / 4u);
  let first_b = index * (K * N / 4u);
  var tile: Tile;
  var at: array<u32, FOURS>;
  if (TRANSPOSE_A == 1u) {
    // Of the four k, an invocation holds one: four rows in a vector, FOURS times.
    let order = neighbours(lane);
    // unroll
    for (var i = 0u; i < FOURS; i++) {
      at[i] = first_a + order.x * A_ROW + min(row / 4u + i, A_ROW - 1u);
    }
    for (var k = 0u; k < K / 4u; k++) {
      let w = right(first_b, k, column, order);
      let step = 4u * k * A_ROW;
      // unroll
      for (var i = 0u; i < FOURS; i++) {
        tile[i] += w * transpose(gathered(a[at[i] + step]));
      }
    }
  } else {
    // Of four rows, an invocation holds one: its four k in a vector.
    // unroll
    for (var i = 0u; i < FOURS; i++) {
      at[i] = first_a + min(row + 4u * i + lane % 4u, M - 1u) * A_ROW;
    }
    for (var k = 0u; k < A_ROW; k++) {
      let w = right(first_b, k, column, neighbours(0u));
      // unroll
      for (var i = 0u; i < FOURS; i++) {
        tile[i] += w * gathered(a[at[i] + k]);
      }
    }
  }
  return tile;
}
