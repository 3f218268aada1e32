// y[m, n] = epilogue(sum over k of a[m, k] b[k, n]), or several such products, group.z counting them.
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
// For the epilogue.
var<private> channel: u32;

fn store(index: u32, m: u32, n: u32, values: vec4f) {
  if (m < M && n < N) {
    let i = (index * M + m) * N + n;
    // unroll
    for (var j = 0u; j < 4u; j++) {
      channel = n + j;
      y[i + j] = epilogue(values[j], i + j);
    }
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (group.y * DOWN + local.y) * 8u;
  let column = group.x * ACROSS + local.x;
  // Those that share numbers stay together.
  if (row >= M || column / SHARE * SHARE >= COLUMNS) {
    return;
  }
  let tile = product(row, min(column, COLUMNS - 1u), local.x, group.z);
  store(group.z, row, column * 4u, tile.y0);
  store(group.z, row + 1u, column * 4u, tile.y1);
  store(group.z, row + 2u, column * 4u, tile.y2);
  store(group.z, row + 3u, column * 4u, tile.y3);
  store(group.z, row + 4u, column * 4u, tile.y4);
  store(group.z, row + 5u, column * 4u, tile.y5);
  store(group.z, row + 6u, column * 4u, tile.y6);
  store(group.z, row + 7u, column * 4u, tile.y7);
}
