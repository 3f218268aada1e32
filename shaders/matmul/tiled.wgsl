// The product of two matrices in blocks of 4 DOWN rows × 64 columns a workgroup, for the kernels of this folder that end
// in _tiled: 16 of the inner size at a time, all invocations fetch both operands' parts into workgroup memory, then each
// adds to its 4 × 4 sums. What is fetched serves 64 columns or 4 DOWN rows. For hardware: on software adapters barriers
// cost more than this saves.
// Constants: M, N, K; A_M, A_K, B_K, B_N (strides); DOWN (rows of 16 invocations of a workgroup).
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
const ACROSS = 16u;
const DEPTH = 16u;
const ROWS = 4u * DOWN;
const COLUMNS = 4u * ACROSS;
// One more than is used: invocations that write down a column do not meet in a bank.
const A_PITCH = ROWS + 1u;
const B_PITCH = COLUMNS + 1u;
var<workgroup> a_part: array<f32, DEPTH * A_PITCH>;
var<workgroup> b_part: array<f32, DEPTH * B_PITCH>;

// What an invocation fetches: neighbours read neighbouring numbers. x counts along the block, y along the inner size.
fn place(i: u32, length: u32, along: bool) -> vec2u {
  if (along) {
    return vec2u(i % length, i / length);
  }
  return vec2u(i / DEPTH, i % DEPTH);
}

// The sums of rows m0 + 4 local.y + (0, 1, 2, 3), a vector each, of columns n0 + local.x + (0, 16, 32, 48).
fn product(m0: u32, n0: u32, local: vec3u) -> mat4x4f {
  let lane = local.y * ACROSS + local.x;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  for (var k0 = 0u; k0 < K; k0 += DEPTH) {
    workgroupBarrier(); // the parts before may still be read
    for (var i = lane; i < DEPTH * ROWS; i += ACROSS * DOWN) {
      let at = place(i, ROWS, A_M == 1u);
      let m = m0 + at.x;
      let k = k0 + at.y;
      a_part[at.y * A_PITCH + at.x] = select(0.0, a[min(m, M - 1u) * A_M + min(k, K - 1u) * A_K], m < M && k < K);
    }
    for (var i = lane; i < DEPTH * COLUMNS; i += ACROSS * DOWN) {
      let at = place(i, COLUMNS, B_N == 1u);
      let n = n0 + at.x;
      let k = k0 + at.y;
      b_part[at.y * B_PITCH + at.x] = select(0.0, b[min(n, N - 1u) * B_N + min(k, K - 1u) * B_K], n < N && k < K);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let at_a = k * A_PITCH + local.y * 4u;
      let at_b = k * B_PITCH + local.x;
      let row = vec4f(b_part[at_b], b_part[at_b + 16u], b_part[at_b + 32u], b_part[at_b + 48u]);
      y0 += a_part[at_a] * row;
      y1 += a_part[at_a + 1u] * row;
      y2 += a_part[at_a + 2u] * row;
      y3 += a_part[at_a + 3u] * row;
    }
  }
  return mat4x4f(y0, y1, y2, y3);
}
