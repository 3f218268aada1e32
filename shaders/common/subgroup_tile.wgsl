// use: gathered
// Eight rows of four numbers. Not an array: software adapters keep members in registers, elements in memory.
struct Tile {
  y0: vec4f,
  y1: vec4f,
  y2: vec4f,
  y3: vec4f,
  y4: vec4f,
  y5: vec4f,
  y6: vec4f,
  y7: vec4f,
}
