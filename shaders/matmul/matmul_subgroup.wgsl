// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]), or several such products, group.z counting them.
// For the epilogue.
var<private> channel: u32;

fn store(index: u32, m: u32, n: u32, values: vec4f) {
  if (m < M && n < N) {
    let i = (index * M + m) * N + n;
    var result: vec4f;
    // unroll
    for (var j = 0u; j < 4u; j++) {
      channel = n + j;
      result[j] = epilogue(values[j], i + j);
    }
    y[i / 4u] = result;
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (group.y * DOWN + local.y) * ROWS;
  let column = group.x * ACROSS + local.x;
  // Those that share numbers stay together.
  if (row >= M || column / 4u * 4u >= COLUMNS) {
    return;
  }
  var tile = product(row, min(column, COLUMNS - 1u), local.x, group.z);
  // Written out, the epilogue would be compiled for long.
  for (var r = 0u; r < ROWS; r++) {
    store(group.z, row + tile_row(r, local.x), column * 4u, tile[r / 4u][r % 4u]);
  }
}
