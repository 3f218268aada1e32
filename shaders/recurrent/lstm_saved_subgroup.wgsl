// As lstm_saved.wgsl: the four lie side by side.
@group(0) @binding(5) var<storage, read> gates: array<vec4f>;
@group(0) @binding(6) var<storage, read> cells: array<vec4f>;
fn gate(begin: vec4u, u: Units) -> vec4f { return gates[(begin.x + u.x) / 4u]; }
fn cell(begin: vec4u, u: Units) -> vec4f { return cells[(begin.x + u.x) / 4u]; }
