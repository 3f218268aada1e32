// Sums over the invocations of a workgroup, some at a time: browsers zero a workgroup's memory, which software adapters
// write out, number by number, and compile for long. The kernel says: Number, a type; SUMS, how many the workgroup makes;
// SHARES, how many invocations share one; TOGETHER, how many of those add at once.
var<workgroup> partials: array<Number, SUMS * TOGETHER>;

fn add_up(number: Number, sum: u32, share: u32) {
  let at = sum * TOGETHER + share % TOGETHER;
  for (var turn = 0u; turn < SHARES / TOGETHER; turn++) {
    if (share / TOGETHER == turn) {
      partials[at] = number + select(partials[at], Number(), turn == 0u);
    }
    workgroupBarrier();
  }
}

// A sum that has been added up.
fn total(sum: u32) -> Number {
  var result = Number();
  for (var i = 0u; i < TOGETHER; i++) {
    result += partials[sum * TOGETHER + i];
  }
  return result;
}
