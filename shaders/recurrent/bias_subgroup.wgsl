// As bias.wgsl: those of four units side by side.
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
fn bias(u: Units) -> vec4f { return b[u.x / 4u]; }
