// Four output pixels of a convolution, all images in a row: where their windows begin.
struct Corner {
  image: vec4u,
  // Where channel 0 of the pixel is in the output.
  place: vec4u,
  top: vec4i,
  left: vec4i,
}

fn corner(pixels: vec4u) -> Corner {
  let q = min(pixels, vec4u(B * OH * OW - 1u)); // past the end, the last pixel again, not stored
  let image = q / (OH * OW);
  let p = q - image * (OH * OW);
  let row = p / OW;
  let top = vec4i(row * STRIDE_H) - i32(PAD_H);
  let left = vec4i((p - row * OW) * STRIDE_W) - i32(PAD_W);
  return Corner(image * (C * H * W), image * (O * OH * OW) + p, top, left);
}
