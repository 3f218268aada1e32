// The 2 × 2 pixels of y that tile p makes in channel o: epilogue(Aᵀ m[:, o, p] A) (src/ops/winograd.rs).
// Constants: O, B, OH, OW; TH, TW (tiles of an image), P (tiles of all, a multiple of four: the last are empty).
// use: index, quotient
@group(0) @binding(0) var<storage, read> m: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
// For the epilogue.
var<private> channel: u32;

const LARGEST = O * P;

fn places(row: u32, at: u32) -> vec4f {
  let i = 4u * row * (O * P) + at;
  return vec4f(m[i], m[i + O * P], m[i + 2u * O * P], m[i + 3u * O * P]);
}

fn store(i: u32, column: u32, t: vec4f) {
  y[i] = epilogue(t.x + t.y + t.z, i);
  if (column + 1u < OW) {
    y[i + 1u] = epilogue(t.y - t.z - t.w, i + 1u);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local);
  channel = quotient(at, P);
  let line = quotient(at - channel * P, TW);
  let b = quotient(line, TH);
  if (at >= O * P || b >= B) {
    return;
  }
  let row = 2u * (line - b * TH);
  let column = 2u * (at - channel * P - line * TW);
  let m1 = places(1u, at);
  let m2 = places(2u, at);
  let i = ((b * O + channel) * OH + row) * OW + column;
  store(i, column, places(0u, at) + m1 + m2);
  if (row + 1u < OH) {
    store(i + OW, column, m1 - m2 - places(3u, at));
  }
}
