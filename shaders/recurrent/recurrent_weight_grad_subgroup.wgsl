// As recurrent_weight_grad.wgsl, for K and N that are multiples of four: a product over all rows (samples and steps),
// 4 · FOURS rows × 4 columns of dw an invocation. Of four rows of h, each of four invocations side by side loads one.
// Constants: BATCH, TIME, N, K, REVERSE; FOURS; ACROSS, DOWN (invocations of a workgroup along n and k).
// use: gathered
@group(0) @binding(0) var<storage, read> h: array<vec4f>;
@group(0) @binding(1) var<storage, read> da: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> db: array<vec4f>;

const ROWS = BATCH * TIME;
const COLUMNS = N / 4u;
// The step that none is before.
const FIRST = select(0u, TIME - 1u, REVERSE == 1u);

// The rest by TIME of what is less than TIME + 4: a division costs much.
fn rest(step: u32) -> u32 {
  if (TIME < 4u) {
    return step % TIME;
  }
  return select(step, step - TIME, step >= TIME);
}

fn store(k: u32, column: u32, values: vec4f) {
  if (k < K) {
    dw[k * COLUMNS + column] = values;
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let k = (group.y * DOWN + local.y) * 4u * FOURS;
  let own_column = group.x * ACROSS + local.x;
  // Those that share numbers stay together.
  if (k >= K || own_column / 4u * 4u >= COLUMNS) {
    return;
  }
  let column = min(own_column, COLUMNS - 1u);
  let order = neighbours(local.x);
  var tile: array<mat4x4f, FOURS>;
  var at: array<u32, FOURS>; // in a row of h
  // unroll
  for (var i = 0u; i < FOURS; i++) {
    at[i] = min(k / 4u + i, K / 4u - 1u);
  }
  var step = rest(order.x);
  for (var row = 0u; row < ROWS; row += 4u) {
    var rows = row + order;
    if (ROWS % 4u != 0u) {
      rows = min(rows, vec4u(ROWS - 1u));
    }
    rows = rows * COLUMNS + column;
    let d = mat4x4f(da[rows.x], da[rows.y], da[rows.z], da[rows.w]);
    // The state before a row: nothing where there is none.
    let own = row + order.x;
    let before = min(select(max(own, 1u) - 1u, own + 1u, REVERSE == 1u), ROWS - 1u) * (K / 4u);
    let exists = select(1.0, 0.0, own >= ROWS || step == FIRST);
    // unroll
    for (var i = 0u; i < FOURS; i++) {
      tile[i] += d * transpose(gathered(exists * h[before + at[i]]));
    }
    step = rest(step + 4u);
  }
  if (own_column >= COLUMNS) {
    return;
  }
  var result = tile;
  for (var r = 0u; r < 4u * FOURS; r++) {
    store(k + r, column, result[r / 4u][r % 4u]);
  }
  if (k == 0u) {
    var sum = vec4f();
    for (var row = 0u; row < ROWS; row++) {
      sum += da[row * COLUMNS + column];
    }
    db[column] = sum;
  }
}
