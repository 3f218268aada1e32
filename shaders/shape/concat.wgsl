// Row by row, y = a, b, c, d one after the other. Constants: COUNT (elements of y), A, B, C, D (elements of a row).
// An operand that the op has not is bound to another, and its row is empty.
// use: index
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn fetch(row: u32, column: u32) -> f32 {
  if (column < A) {
    return a[row * A + column];
  }
  if (column < A + B) {
    return b[row * B + column - A];
  }
  if (column < A + B + C) {
    return c[row * C + column - A - B];
  }
  return d[row * D + column - A - B - C];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let row = i / (A + B + C + D);
    y[i] = epilogue(fetch(row, i - row * (A + B + C + D)), i);
  }
}
