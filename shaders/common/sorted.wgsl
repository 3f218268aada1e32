// Rows in the order of neighbours(lane) into that of the four invocations, or back: row i for row i ^ (lane % 4).
// The kernel says in Rows what four rows are.
fn sorted(rows: Rows, lane: u32) -> Rows {
  let odd = lane % 2u == 1u;
  let high = lane % 4u >= 2u;
  let a = select(rows[0], rows[1], odd);
  let b = select(rows[1], rows[0], odd);
  let c = select(rows[2], rows[3], odd);
  let d = select(rows[3], rows[2], odd);
  return Rows(select(a, c, high), select(b, d, high), select(c, a, high), select(d, b, high));
}
