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

// The numbers that four invocations of a subgroup hold.
fn gathered(x: f32) -> vec4f {
  return vec4f(subgroupBroadcast(x, 0u), subgroupBroadcast(x, 1u), subgroupBroadcast(x, 2u), subgroupBroadcast(x, 3u));
}
