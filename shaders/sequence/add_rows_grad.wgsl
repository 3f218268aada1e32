// dtable[c] = sum over k of dy[k PERIOD + c]; 0 beyond the period. One invocation a number.
// Constants: COUNT, PERIOD, TABLE.
// use: index
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dtable: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let c = flat_index(group, groups, local);
  if (c >= TABLE) {
    return;
  }
  var sum = 0.0;
  if (c < PERIOD) {
    for (var i = c; i < COUNT; i += PERIOD) {
      sum += dy[i];
    }
  }
  dtable[c] = epilogue(sum, c);
}
