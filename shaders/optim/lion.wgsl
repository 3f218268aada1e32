// p -= rate sign(beta1 m + (1 - beta1) g), after the decay; m = beta2 m + (1 - beta2) g. Constants: COUNT, BETA1, BETA2.
// use: index, step, gradient
@group(0) @binding(0) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT / 4u) {
    let value = p[i];
    let gradient = prepared(scaled(g[i], i), value, i);
    let direction = sign(BETA1 * m[i] + (1.0 - BETA1) * gradient);
    m[i] = BETA2 * m[i] + (1.0 - BETA2) * gradient;
    p[i] = shrunk(value, step.hyper.x, i) - step.hyper.x * direction;
  }
}
