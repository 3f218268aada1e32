// Four numbers of what an LSTM saves for its gradient.
@group(0) @binding(5) var<storage, read> gates: array<f32>;
@group(0) @binding(6) var<storage, read> cells: array<f32>;
fn gate(begin: vec4u, u: Units) -> vec4f {
  let at = begin + u;
  return vec4f(gates[at.x], gates[at.y], gates[at.z], gates[at.w]);
}
fn cell(begin: vec4u, u: Units) -> vec4f {
  let at = begin + u;
  return vec4f(cells[at.x], cells[at.y], cells[at.z], cells[at.w]);
}
