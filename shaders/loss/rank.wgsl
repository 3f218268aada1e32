// above[r] = how many logits of row r are larger than the label's.
// Constants: ROWS, CLASSES.
// use: index
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> above: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local);
  if (row < ROWS) {
    let label = labels[row];
    var larger = CLASSES; // a label that is no class is never found
    if (label < CLASSES) {
      let own = logits[row * CLASSES + label];
      larger = 0u;
      for (var c = 0u; c < CLASSES; c++) {
        larger += select(0u, 1u, logits[row * CLASSES + c] > own);
      }
    }
    above[row] = larger;
  }
}
