// y = x, with each pair (i, i + SIZE / 2) of the columns of a head rotated by an angle that grows with the position.
// Constants: COUNT, TIME, COLUMNS, ROTATED (columns that are heads), SIZE (of a head), SIGN, DECODE.
// use: index, step, angle
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i >= COUNT) {
    return;
  }
  let column = i % COLUMNS;
  if (column >= ROTATED) {
    y[i] = epilogue(x[i], i);
    return;
  }
  const HALF = SIZE / 2u;
  let pair = column % HALF;
  let first = column % SIZE < HALF;
  let position = (i / COLUMNS) % TIME + DECODE * step.cursor;
  let a = angle(position, 2.0 * f32(pair) / f32(SIZE));
  let other = x[select(i - HALF, i + HALF, first)];
  y[i] = epilogue(x[i] * cos(a) + select(SIGN, -SIGN, first) * other * sin(a), i);
}
