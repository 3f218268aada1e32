// dm[4 i + j, o, p] = (A d Aᵀ)[i, j], d being the 2 × 2 pixels of dy that tile p makes in channel o; sums[o, p]: their sum.
// Constants as in winograd_output.wgsl.
// use: index, quotient
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dm: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

const LARGEST = O * P;

fn pixels(i: u32, first: bool, second: bool) -> vec2f {
  return vec2f(select(0.0, dy[select(0u, i, first)], first), select(0.0, dy[select(0u, i + 1u, second)], second));
}

fn store(row: u32, at: u32, t: vec2f) {
  dm[4u * row * (O * P) + at] = t.x;
  dm[(4u * row + 1u) * (O * P) + at] = t.x + t.y;
  dm[(4u * row + 2u) * (O * P) + at] = t.x - t.y;
  dm[(4u * row + 3u) * (O * P) + at] = -t.y;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = flat_index(group, groups, local);
  if (at >= O * P) {
    return;
  }
  let o = quotient(at, P);
  let line = quotient(at - o * P, TW);
  let b = quotient(line, TH);
  let row = 2u * (line - b * TH);
  let column = 2u * (at - o * P - line * TW);
  let i = ((b * O + o) * OH + row) * OW + column;
  let exists = b < B;
  let two = column + 1u < OW;
  let d0 = pixels(i, exists, exists && two);
  let below = exists && row + 1u < OH;
  let d1 = pixels(i + OW, below, below && two);
  store(0u, at, d0);
  store(1u, at, d0 + d1);
  store(2u, at, d0 - d1);
  store(3u, at, -d1);
  sums[at] = d0.x + d0.y + d1.x + d1.y;
}
