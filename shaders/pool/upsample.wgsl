// y[b, c, i, j] = x[b, c, i / FACTOR, j / FACTOR]. Constants: ROWS (of all planes of y), W (columns of x), FACTOR.
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
const WIDE = W * FACTOR;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < ROWS * WIDE) {
    let row = i / WIDE;
    y[i] = epilogue(x[(row / FACTOR) * W + (i - row * WIDE) / FACTOR], i);
  }
}
