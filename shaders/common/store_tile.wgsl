// A register tile of eight rows × four columns, stored through the kernel's own `store`. Written out for all, the
// epilogue would be compiled for long.
alias Tile = array<mat4x4f, 2>;
// `place`: what `store` wants to know of the columns.
fn store_tile(first: u32, columns: vec4u, place: vec4u, tile: Tile) {
  var rows = tile;
  for (var r = 0u; r < 8u; r++) {
    let values = rows[r / 4u][r % 4u];
    // unroll
    for (var j = 0u; j < 4u; j++) {
      store(first + r, columns[j], place[j], values[j]);
    }
  }
}
