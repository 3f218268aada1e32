// dmean = dz; dlog variance = dz exp(log variance / 2) noise / 2.
// Constants: COUNT (elements of dx), SIZE.
// use: index
@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> noise: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let column = i % (2u * SIZE);
    let at = i / (2u * SIZE) * SIZE + column % SIZE;
    var value = dz[at];
    if (column >= SIZE) {
      value *= 0.5 * exp(0.5 * x[i]) * noise[at];
    }
    dx[i] = epilogue(value, i);
  }
}
