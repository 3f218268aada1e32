// y[m, n] = sum over k of a[k, m] b[k, n] and sums[n] = sum over k of b[k, n]: a is a dense layer's input, b its
// output's gradient.
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;

fn store(m: u32, column: u32, values: vec4f) {
  if (m < M) {
    y[m * COLUMNS + column] = values;
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
  var tile = product(row, min(column, COLUMNS - 1u), local.x, 0u);
  if (column >= COLUMNS) {
    return;
  }
  for (var r = 0u; r < ROWS; r++) {
    store(row + tile_row(r, local.x), column, tile[r / 4u][r % 4u]);
  }
  if (row == 0u) {
    var sum = vec4f();
    for (var k = 0u; k < K; k++) {
      sum += b[k * B_ROW + column];
    }
    sums[column] = sum;
  }
}
