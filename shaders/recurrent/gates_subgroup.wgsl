// As columns_subgroup.wgsl, for four gates: of four units side by side, each invocation sums one gate, because its weights
// are side by side; then they swap, and each has the gates of its sample.
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
fn slot_begin(at: vec4u, lane: u32) -> u32 { return at[lane % 4u] / 4u; }
fn slot_step(stride: u32) -> u32 { return stride; }
fn four_rows(at: u32, stride: u32) -> mat4x4f {
  let row = stride / 4u;
  return mat4x4f(w[at], w[at + row], w[at + 2u * row], w[at + 3u * row]);
}
fn of_slot(rows: mat4x4f, lane: u32) -> mat4x4f {
  return sorted(mat4x4f(rows[0], quadSwapX(rows[1]), quadSwapY(rows[2]), quadSwapDiagonal(rows[3])), lane);
}
