// Adam and AdamW. step.hyper: rate, rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t).
// Constants: COUNT, BETA1, BETA2, FRESH1 (1 - BETA1, rounded afterwards), FRESH2, EPSILON.
// use: index, step, gradient
@group(0) @binding(0) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT / 4u) {
    let value = p[i];
    let gradient = prepared(scaled(g[i], i), value, i);
    let first = BETA1 * m[i] + FRESH1 * gradient;
    let second = BETA2 * v[i] + FRESH2 * gradient * gradient;
    m[i] = first;
    v[i] = second;
    p[i] = shrunk(value, step.hyper.x, i) - step.hyper.y * first / (sqrt(second) * step.hyper.z + EPSILON);
  }
}
