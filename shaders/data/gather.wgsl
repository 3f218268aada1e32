// A batch, x and y, as it is.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < BATCH * X_SIZE) {
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
