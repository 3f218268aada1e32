// The biases of an invocation's four numbers: one, of its unit.
@group(0) @binding(3) var<storage, read> b: array<f32>;
fn bias(u: Units) -> vec4f { return vec4f(b[u]); }
