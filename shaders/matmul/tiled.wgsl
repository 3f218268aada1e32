// The product of two matrices in blocks of 8 DOWN rows × 64 columns a workgroup, for the kernels of this folder that end
// in _tiled: 16 of the inner size at a time, all invocations fetch both operands' parts into workgroup memory, then each
// adds to its 8 × 4 sums. What is fetched serves 64 columns or 8 DOWN rows. For hardware: on software adapters barriers
// cost more than this saves.
// Constants: M, N, K; A_M, A_K, B_K, B_N (strides); DOWN (rows of 16 invocations of a workgroup).
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const ACROSS = 16u;
const DEPTH = 16u;
const ROWS = 8u * DOWN;
const COLUMNS = 4u * ACROSS;
// Fours of rows or columns, and one more than is used: invocations that write down a column do not meet in a bank.
const A_PITCH = ROWS / 4u + 1u;
const B_PITCH = COLUMNS / 4u + 1u;
var<workgroup> a_part: array<vec4f, DEPTH * A_PITCH>;
var<workgroup> b_part: array<vec4f, DEPTH * B_PITCH>;
// Rows of four columns.
alias Tile = array<vec4f, 8>;
// The sums of an invocation's columns of b, for who needs them.
var<private> column_sums: vec4f;

// Fours that an invocation fetches.
const A_EACH = 2u;
const B_EACH = DEPTH / DOWN;
struct Fetched {
  a: array<vec4f, A_EACH>,
  b: array<vec4f, B_EACH>,
}

// Which four along the block (x) and which of the inner size (y): neighbours read neighbouring numbers.
fn place(i: u32, fours: u32, along: bool) -> vec2u {
  if (along) {
    return vec2u(i % fours, i / fours);
  }
  return vec2u(i / DEPTH, i % DEPTH);
}
fn place_a(i: u32) -> vec2u { return place(i, ROWS / 4u, A_M == 1u); }
fn place_b(i: u32) -> vec2u { return place(i, ACROSS, B_N == 1u); }

fn four_of_a(i: u32, m0: u32, k0: u32) -> vec4f {
  let m = m0 + place_a(i).x * 4u + vec4u(0u, 1u, 2u, 3u);
  let k = k0 + place_a(i).y;
  let at = min(m, vec4u(M - 1u)) * A_M + min(k, K - 1u) * A_K;
  return select(vec4f(), vec4f(a[at.x], a[at.y], a[at.z], a[at.w]), (m < vec4u(M)) & vec4<bool>(k < K));
}

fn four_of_b(i: u32, n0: u32, k0: u32) -> vec4f {
  let n = n0 + place_b(i).x * 4u + vec4u(0u, 1u, 2u, 3u);
  let k = k0 + place_b(i).y;
  let at = min(n, vec4u(N - 1u)) * B_N + min(k, K - 1u) * B_K;
  return select(vec4f(), vec4f(b[at.x], b[at.y], b[at.z], b[at.w]), (n < vec4u(N)) & vec4<bool>(k < K));
}

fn fetched(m0: u32, n0: u32, k0: u32, lane: u32) -> Fetched {
  var result: Fetched;
  // unroll
  for (var j = 0u; j < A_EACH; j++) {
    result.a[j] = four_of_a(lane + j * ACROSS * DOWN, m0, k0);
  }
  // unroll
  for (var j = 0u; j < B_EACH; j++) {
    result.b[j] = four_of_b(lane + j * ACROSS * DOWN, n0, k0);
  }
  return result;
}

// By the kernel's own `store`.
fn store_tile(m0: u32, n0: u32, local: vec3u, tile: Tile) {
  let m = m0 + local.y * 8u;
  let n = n0 + local.x * 4u;
  // unroll
  for (var i = 0u; i < 8u; i++) {
    store(m + i, n, tile[i].x);
    store(m + i, n + 1u, tile[i].y);
    store(m + i, n + 2u, tile[i].z);
    store(m + i, n + 3u, tile[i].w);
  }
}

// The sums of rows m0 + 8 local.y + (0 … 7) of columns n0 + 4 local.x + (0, 1, 2, 3).
fn product(m0: u32, n0: u32, local: vec3u) -> Tile {
  let lane = local.y * ACROSS + local.x;
  var tile: Tile;
  column_sums = vec4f();
  var next = fetched(m0, n0, 0u, lane);
  for (var k0 = 0u; k0 < K; k0 += DEPTH) {
    workgroupBarrier(); // the parts before may still be read
    // unroll
    for (var j = 0u; j < A_EACH; j++) {
      let at = place_a(lane + j * ACROSS * DOWN);
      a_part[at.y * A_PITCH + at.x] = next.a[j];
    }
    // unroll
    for (var j = 0u; j < B_EACH; j++) {
      let at = place_b(lane + j * ACROSS * DOWN);
      b_part[at.y * B_PITCH + at.x] = next.b[j];
    }
    workgroupBarrier();
    next = fetched(m0, n0, k0 + DEPTH, lane); // arrives while this is computed
    for (var k = 0u; k < DEPTH; k++) {
      let upper = a_part[k * A_PITCH + local.y * 2u];
      let lower = a_part[k * A_PITCH + local.y * 2u + 1u];
      let row = b_part[k * B_PITCH + local.x];
      // unroll
      for (var i = 0u; i < 4u; i++) {
        tile[i] += upper[i] * row;
        tile[4u + i] += lower[i] * row;
      }
      column_sums += row;
    }
  }
  return tile;
}
