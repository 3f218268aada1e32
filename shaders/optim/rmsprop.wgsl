// v = alpha v + (1 - alpha) g^2; m = momentum m + g / (sqrt(v) + epsilon); p -= rate m.
// Constants: COUNT, ALPHA, EPSILON, MOMENTUM.
// use: index, step, gradient
@group(0) @binding(0) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT / 4u) {
    let value = p[i];
    let gradient = prepared(scaled(g[i], i), value, i);
    let mean = ALPHA * v[i] + (1.0 - ALPHA) * gradient * gradient;
    let next = MOMENTUM * m[i] + gradient / (sqrt(mean) + EPSILON);
    v[i] = mean;
    m[i] = next;
    p[i] = value - step.hyper.x * next;
  }
}
