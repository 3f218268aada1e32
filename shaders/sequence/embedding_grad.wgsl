// dtable[v, c] = sum over the places r of token v of dy[r, c]; 0 for the padding.
// Constants: TOKENS, VOCABULARY, COLUMNS, LANES (a quarter of the columns), PADDING.
// An invocation has four columns of a row and looks at all tokens: no atomics, always the same sum.
// use: index
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  let row = i / LANES;
  if (row >= VOCABULARY) {
    return;
  }
  let first = i % LANES;
  // Past the edge, the last column is computed again and not stored.
  let columns = min(first + LANES * vec4u(0u, 1u, 2u, 3u), vec4u(COLUMNS - 1u));
  var sum = vec4f();
  if (row != PADDING) {
    for (var r = 0u; r < TOKENS; r++) {
      if (min(tokens[r], VOCABULARY - 1u) == row) {
        let at = r * COLUMNS + columns;
        sum += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
      }
    }
  }
  for (var j = 0u; j < 4u; j++) {
    let c = first + j * LANES;
    if (c < COLUMNS) {
      let at = row * COLUMNS + c;
      dtable[at] = epilogue(sum[j], at);
    }
  }
}
