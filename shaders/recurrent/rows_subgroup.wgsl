// Four rows of the transposed w, which are side by side in w.
@group(0) @binding(0) var<storage, read> w: array<vec4f>;
fn four_rows(at: vec4u, stride: u32) -> mat4x4f {
  return transpose(mat4x4f(w[at.x / 4u], w[at.y / 4u], w[at.z / 4u], w[at.w / 4u]));
}
