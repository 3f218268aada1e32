// What kernels of convolutions share that make pixels, in tiles of channels × pixels of all images in a row. The kernel
// says what it makes of an image, CHANNELS of PIXELS in rows of WIDTH, and how many numbers it reads of one: READ.
// use: quotient
struct Pixels {
  // Where the image begins in what is read.
  image: vec4u,
  // Where channel 0 of the pixel is in what is made.
  place: vec4u,
  // Where the pixel is in what is read, before the step to an element of the window.
  row: vec4i,
  column: vec4i,
}

// Four of them. `stride`, `first`: what is read for rows and columns 0, 1, … of what is made.
fn pixels(numbers: vec4u, stride: vec2u, first: vec2i) -> Pixels {
  let q = min(numbers, vec4u(B * PIXELS - 1u)); // past the end, the last pixel again, not stored
  let image = q / PIXELS;
  let p = q - image * PIXELS;
  let row = p / WIDTH;
  return Pixels(
    image * READ,
    image * (CHANNELS * PIXELS) + p,
    vec4i(row * stride.x) + first.x,
    vec4i((p - row * WIDTH) * stride.y) + first.y,
  );
}

// One loop over all elements of all channels, not three: on software adapters each loop around the tile costs as much as
// its body.
struct Tap {
  plane: u32, // the channel
  kh: u32,
  kw: u32,
}

fn tap_of(t: u32, channels: u32) -> Tap {
  let tap = quotient(t, channels);
  let kh = quotient(tap, KW);
  return Tap(t - tap * channels, kh, tap - kh * KW);
}
