// s += g^2; p -= rate g / (sqrt(s) + epsilon). Constants: COUNT, EPSILON.
// use: index, step, gradient
@group(0) @binding(0) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> s: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT / 4u) {
    let value = p[i];
    let gradient = prepared(scaled(g[i], i), value, i);
    let sum = s[i] + gradient * gradient;
    s[i] = sum;
    p[i] = value - step.hyper.x * gradient / (sqrt(sum) + EPSILON);
  }
}
