// A batch whose images are varied, every sample in a way of its own: where each pixel comes from, then a blank square,
// then noise. Twin: src/cpu/gather.rs, which says what is drawn for what.
// Constants: HEIGHT, WIDTH, STREAM; SHIFT (pixels), ROTATE, SHEAR (turns), SCALE, FLIP, CROP, CUT_OUT (pixels), NOISE.
// use: normal
fn draw(row: u32, index: u32) -> f32 {
  return uniform_random(step.seed ^ hash(step.index), STREAM, row * 16u + index);
}

fn around_zero(row: u32, index: u32) -> f32 {
  return 2.0 * draw(row, index) - 1.0;
}

// A whole number below n: exact on every device.
fn below(row: u32, index: u32, n: u32) -> i32 {
  return i32(((random_bits(step.seed ^ hash(step.index), STREAM, row * 16u + index) >> 16u) * n) >> 16u);
}

fn cosine(turns: f32) -> f32 {
  return cos_of_turns(turns - floor(turns));
}

// Where in the sample the pixel of the batch's image comes from, as (column, row).
fn origin(row: u32, place: vec2f) -> vec2f {
  let centre = 0.5 * (vec2f(f32(WIDTH), f32(HEIGHT)) - 1.0);
  let d = place - centre - SHIFT * vec2f(around_zero(row, 0u), around_zero(row, 1u));
  var p = d;
  if (ROTATE > 0.0) {
    let turns = ROTATE * around_zero(row, 2u);
    let c = cosine(turns);
    let s = cosine(turns - 0.25);
    p = vec2f(c * d.x + s * d.y, c * d.y - s * d.x);
  }
  if (SHEAR > 0.0) {
    let turns = SHEAR * around_zero(row, 4u);
    p.x -= cosine(turns - 0.25) / cosine(turns) * p.y;
  }
  let share = CROP + (1.0 - CROP) * draw(row, 6u);
  p *= share / (1.0 + SCALE * around_zero(row, 3u));
  if (FLIP == 1u && draw(row, 5u) < 0.5) {
    p.x = -p.x;
  }
  return p + centre + (1.0 - share) * centre * vec2f(around_zero(row, 7u), around_zero(row, 8u));
}

fn pixel(first: u32, at: vec2i) -> f32 {
  if (any(at < vec2i(0)) || any(at >= vec2i(i32(WIDTH), i32(HEIGHT)))) {
    return 0.0;
  }
  return f32(x_byte(first + u32(at.y) * WIDTH + u32(at.x))) / 255.0;
}

// Bilinear, 0 outside.
fn interpolated(first: u32, at: vec2f) -> f32 {
  let low = vec2i(floor(at));
  let part = at - floor(at);
  let above = mix(pixel(first, low), pixel(first, low + vec2i(1, 0)), part.x);
  let below = mix(pixel(first, low + vec2i(0, 1)), pixel(first, low + vec2i(1, 1)), part.x);
  return mix(above, below, part.y);
}

fn augmented(i: u32) -> f32 {
  let row = i / X_SIZE;
  let place = vec2i(i32(i % WIDTH), i32(i / WIDTH % HEIGHT));
  let channel = i % X_SIZE / (WIDTH * HEIGHT);
  let first = sample(row) * X_STRIDE + X_OFFSET + channel * WIDTH * HEIGHT;
  var value = interpolated(first, origin(row, vec2f(place)));
  if (CUT_OUT > 0u) {
    let corner = vec2i(below(row, 9u, WIDTH), below(row, 10u, HEIGHT)) - i32(CUT_OUT / 2u);
    if (all(place >= corner) && all(place < corner + i32(CUT_OUT))) {
      value = 0.0;
    }
  }
  if (NOISE > 0.0) {
    value = clamp(value + NOISE * normal_random(step.seed ^ hash(step.index), STREAM + 1u, i), 0.0, 1.0);
  }
  return value;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < BATCH * X_SIZE) {
    x[i] = bitcast<u32>(augmented(i));
  }
  if (i < BATCH * Y_SIZE) {
    gather_y(i);
  }
}
