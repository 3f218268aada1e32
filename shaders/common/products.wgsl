// tile + products: row i is tile[i] + a[i] b. Row by row, because all products at once are more than registers hold.
fn plus_outer(tile: mat4x4f, a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(tile[0] + a.x * b, tile[1] + a.y * b, tile[2] + a.z * b, tile[3] + a.w * b);
}
