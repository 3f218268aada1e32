// A batch, x and y, as it is; EACH elements of x an invocation, 4 where they are the bytes of a word.
// Words of a sample. Browsers refuse a division by a constant 0, also where it is not reached.
const X_WORDS = max(X_SIZE / 4u, 1u);

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (EACH == 4u) {
    if (i < BATCH * X_WORDS) {
      let row = i / X_WORDS;
      let four = x_column[(sample(row) * X_STRIDE + X_OFFSET) / 4u + i - row * X_WORDS];
      // unroll
      for (var j = 0u; j < 4u; j++) {
        x[4u * i + j] = decode((four >> (8u * j)) & 255u, X_KIND);
      }
    }
  } else if (i < BATCH * X_SIZE) {
    let at = sample(i / X_SIZE) * X_STRIDE + X_OFFSET + i % X_SIZE;
    if (X_KIND == 2u) {
      x[i] = x_column[at];
    } else {
      x[i] = decode(x_byte(at), X_KIND);
    }
  }
  if (i < BATCH * Y_SIZE) {
    gather_y(i);
  }
}
