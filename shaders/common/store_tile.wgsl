// Stores a register tile of four channels × four pixels, through the kernel's own `store`. Written out for all, the
// epilogue would be compiled for long.
fn store_tile(first: u32, q: vec4u, place: vec4u, tile: mat4x4f) {
  var rows = tile;
  for (var i = 0u; i < 4u; i++) {
    store(first + i, q.x, place.x, rows[i].x);
    store(first + i, q.y, place.y, rows[i].y);
    store(first + i, q.z, place.z, rows[i].z);
    store(first + i, q.w, place.w, rows[i].w);
  }
}
