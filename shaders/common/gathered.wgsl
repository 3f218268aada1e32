// Four invocations side by side hold numbers for each other: v of this one, and of those at lane ^ 1, lane ^ 2 and
// lane ^ 3. By swaps, which take software adapters a tenth of the time of broadcasts.
fn gathered(v: vec4f) -> mat4x4f { return mat4x4f(v, quadSwapX(v), quadSwapY(v), quadSwapDiagonal(v)); }
// Whose they are, of the four.
fn neighbours(lane: u32) -> vec4u { return vec4u(lane % 4u) ^ vec4u(0u, 1u, 2u, 3u); }
// Of the four's vectors, the numbers at this one's place.
fn transposed(v: vec4f, lane: u32) -> vec4f {
  let x = quadSwapX(v);
  let pairs = select(vec4f(v.x, x.x, v.z, x.z), vec4f(x.y, v.y, x.w, v.w), lane % 2u == 1u);
  let y = quadSwapY(pairs);
  return select(vec4f(pairs.xy, y.xy), vec4f(y.zw, pairs.zw), lane % 4u >= 2u);
}
