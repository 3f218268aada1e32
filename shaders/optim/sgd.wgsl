// g += decay p; m = momentum m + g; p -= rate m. Constants: COUNT, MOMENTUM, WEIGHT_DECAY.
// use: index, step
@group(0) @binding(0) var<storage, read_write> p: array<f32>;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let value = p[i];
    let next = MOMENTUM * m[i] + g[i] + WEIGHT_DECAY * value;
    m[i] = next;
    p[i] = value - step.hyper.x * next;
  }
}
