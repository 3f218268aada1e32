// Stores a register tile of four channels × four pixels, through the kernel's own `store`.
fn store_tile(channel: u32, q: vec4u, tile: mat4x4f) {
  for (var j = 0u; j < 4u; j++) {
    store(channel, q[j], tile[0][j]);
    store(channel + 1u, q[j], tile[1][j]);
    store(channel + 2u, q[j], tile[2][j]);
    store(channel + 3u, q[j], tile[3][j]);
  }
}
