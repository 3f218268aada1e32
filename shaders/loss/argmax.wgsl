// best[r] = the place of the largest number of row r; of equals, the first.
// Constants: ROWS, COLUMNS.
// use: index
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> best: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = flat_index(group, groups, local);
  if (row < ROWS) {
    var top = x[row * COLUMNS];
    var place = 0u;
    for (var c = 1u; c < COLUMNS; c++) {
      let value = x[row * COLUMNS + c];
      if (value > top) {
        top = value;
        place = c;
      }
    }
    best[row] = place;
  }
}
