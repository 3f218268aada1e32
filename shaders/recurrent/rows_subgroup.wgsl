// Four rows of the transposed w, which are side by side in w.
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
fn slot_begin(at: vec4u, lane: u32) -> vec4u { return at / 4u; }
fn slot_step(stride: u32) -> u32 { return stride; }
fn four_rows(at: vec4u, stride: u32) -> mat4x4f {
  return transpose(mat4x4f(w[at.x], w[at.y], w[at.z], w[at.w]));
}
fn of_slot(rows: mat4x4f, lane: u32) -> mat4x4f { return rows; } // by quarters
