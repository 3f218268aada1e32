// Stores a register tile of four channels × four pixels, through the kernel's own `store`.
fn store_tile(first: u32, q: vec4u, place: vec4u, tile: mat4x4f) {
  // unroll
  for (var j = 0u; j < 4u; j++) {
    store(first, q[j], place[j], tile[0][j]);
    store(first + 1u, q[j], place[j], tile[1][j]);
    store(first + 2u, q[j], place[j], tile[2][j]);
    store(first + 3u, q[j], place[j], tile[3][j]);
  }
}
