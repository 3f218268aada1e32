// Sums over the invocations of a workgroup, some at a time: browsers zero a workgroup's memory, which software adapters
// write out, number by number, and compile for long. The kernel says: Number, a type; OWN, how many an invocation has;
// SUMS, how many the workgroup makes; SHARES, how many invocations share one; TOGETHER, how many of those add at once.
alias Numbers = array<Number, OWN>;
var<workgroup> partials: array<Number, SUMS * TOGETHER>;

// An invocation's numbers are shares of sums `first`, first + 1, …
fn add_up(own: Numbers, first: u32, share: u32) {
  var numbers = own;
  for (var turn = 0u; turn < SHARES / TOGETHER; turn++) {
    // Not a branch: software adapters go through one that nobody takes, but not around a loop.
    for (var i = select(OWN, 0u, share / TOGETHER == turn); i < OWN; i++) {
      let at = (first + i) * TOGETHER + share % TOGETHER;
      partials[at] = numbers[i] + select(partials[at], Number(), turn == 0u);
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
