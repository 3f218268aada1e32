// A tile's update where four invocations side by side hold the left operand's columns for each other: a0 and a1 are the
// eight numbers of the column that is this one's. b's rows are in the order of neighbours(lane).
// use: gathered, store_tile
fn plus_product(tile: Tile, a0: vec4f, a1: vec4f, b: mat4x4f) -> Tile {
  return Tile(tile[0] + b * transpose(gathered(a0)), tile[1] + b * transpose(gathered(a1)));
}
