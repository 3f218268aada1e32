// Four input pixels of a convolution, all images in a row: the lowest and rightmost outputs that see them, before the
// stride.
struct Seen {
  image: vec4u,
  // Where channel 0 of the pixel is in the input.
  place: vec4u,
  bottom: vec4i,
  right: vec4i,
}

fn seen(pixels: vec4u) -> Seen {
  let q = min(pixels, vec4u(B * H * W - 1u)); // past the end, the last pixel again, not stored
  let image = q / (H * W);
  let p = q - image * (H * W);
  let row = p / W;
  return Seen(image * (O * OH * OW), image * (C * H * W) + p, vec4i(row + PAD_H), vec4i(p - row * W + PAD_W));
}

// The outputs that see the pixels at (kh, kw), and whether there are such outputs.
struct Outputs {
  at: vec4u,
  exist: vec4<bool>,
}

fn outputs(seen: Seen, kh: u32, kw: u32) -> Outputs {
  var r = seen.bottom - i32(kh);
  var c = seen.right - i32(kw);
  var exist = (r >= vec4i()) & (c >= vec4i());
  if (STRIDE_H * STRIDE_W > 1u) {
    exist &= (r % i32(STRIDE_H) == vec4i()) & (c % i32(STRIDE_W) == vec4i());
    r /= i32(STRIDE_H);
    c /= i32(STRIDE_W);
  }
  exist &= (r < vec4i(i32(OH))) & (c < vec4i(i32(OW)));
  return Outputs(seen.image + vec4u(select(vec4i(), r * i32(OW) + c, exist)), exist);
}
