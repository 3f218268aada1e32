// y = x + sin or cos of an angle that falls from column to column, from 1 to 1 / 10000 a position.
// use: step, angle
fn sinusoidal(x: f32, position: u32, column: u32, columns: u32) -> f32 {
  let a = angle(position, f32(column - column % 2u) / f32(columns));
  return x + select(sin(a), cos(a), column % 2u == 1u);
}
