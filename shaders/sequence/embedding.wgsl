// y[r, c] = table[tokens[r], c]. A token beyond the vocabulary counts as its last.
// Constants: COUNT, VOCABULARY, COLUMNS.
// use: index
@group(0) @binding(0) var<storage, read> table: array<f32>;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < COUNT) {
    let token = min(tokens[i / COLUMNS], VOCABULARY - 1u);
    y[i] = epilogue(table[token * COLUMNS + i % COLUMNS], i);
  }
}
