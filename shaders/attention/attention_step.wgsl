// One more token at step.cursor: its key and value go into the cache, y = attention to all rows up to it.
// Constants: LENGTH (of the cache); HEADS, GROUP (heads of queries that share keys), SIZE (of a head); SCALE.
// An invocation copies a number of the cache; the first ones have a head each.
// use: index, step
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> cache: array<f32>;

const VALUES = HEADS / GROUP * SIZE; // where values begin in a row
const ROW = 2u * VALUES;

fn number(i: u32) -> f32 {
  let here = i / ROW == min(step.cursor, LENGTH - 1u);
  return select(before[i], qkv[HEADS * SIZE + i % ROW], here);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < LENGTH * ROW) {
    cache[i] = number(i);
  }
  if (i >= HEADS) {
    return;
  }
  var sum: array<f32, SIZE>;
  var top = -1e30;
  var total = 0.0;
  for (var s = 0u; s <= min(step.cursor, LENGTH - 1u); s++) {
    let at = s * ROW + i / GROUP * SIZE;
    var score = 0.0;
    for (var c = 0u; c < SIZE; c++) {
      score += qkv[i * SIZE + c] * number(at + c);
    }
    score *= SCALE;
    let largest = max(top, score);
    let shrink = exp(max(top - largest, -80.0)); // the first time there is no sum to shrink
    let p = exp(score - largest);
    top = largest;
    total = total * shrink + p;
    for (var c = 0u; c < SIZE; c++) {
      sum[c] = sum[c] * shrink + p * number(at + VALUES + c);
    }
  }
  for (var c = 0u; c < SIZE; c++) {
    y[i * SIZE + c] = sum[c] / total;
  }
}
