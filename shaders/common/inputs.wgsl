// Pixels of a convolution's input x that a window's elements fall on, in one channel.
struct Inputs {
  at: vec4u,
  inside: vec4<bool>,
}

// In rows r and columns c. `first`: where channels begin.
fn inputs(first: vec4u, r: vec4i, c: vec4i) -> Inputs {
  let inside = (r >= vec4i()) & (r < vec4i(i32(H))) & (c >= vec4i()) & (c < vec4i(i32(W)));
  return Inputs(first + vec4u(select(vec4i(), r * i32(W) + c, inside)), inside);
}

fn fetch(at: vec4u, inside: vec4<bool>) -> vec4f {
  let v = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
  if (PADDED == 1u) {
    return select(vec4f(), v, inside);
  }
  return v;
}
