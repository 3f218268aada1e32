// As recurrent_weight_grad.wgsl, for K and N that are multiples of four: a product over all rows (samples and steps), eight
// rows × four columns of dw an invocation. Of four rows of h, each of four invocations side by side loads one.
// Constants: BATCH, TIME, N, K, REVERSE; ACROSS, DOWN (invocations of a workgroup along n and k).
// use: gathered
@group(0) @binding(0) var<storage, read> h: array<vec4f>;
@group(0) @binding(1) var<storage, read> da: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> db: array<vec4f>;

const ROWS = BATCH * TIME;
const COLUMNS = N / 4u;
// The step that none is before.
const FIRST = select(0u, TIME - 1u, REVERSE == 1u);

// The four numbers from `row` on of the state before a row, nothing where there is none.
fn state_before(at: u32, step: u32, row: u32) -> vec4f {
  let before = min(select(max(at, 1u) - 1u, at + 1u, REVERSE == 1u), ROWS - 1u);
  return select(h[before * (K / 4u) + row], vec4f(), at >= ROWS || step == FIRST);
}

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
  let k = (group.y * DOWN + local.y) * 8u;
  let own = group.x * ACROSS + local.x;
  // Those that share numbers stay together.
  if (k >= K || own / 4u * 4u >= COLUMNS) {
    return;
  }
  let column = min(own, COLUMNS - 1u);
  let next = min(k / 4u + 1u, K / 4u - 1u);
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = vec4f();
  var y6 = vec4f();
  var y7 = vec4f();
  var step = rest(local.x % 4u);
  for (var row = 0u; row < ROWS; row += 4u) {
    let rows = min(row + vec4u(0u, 1u, 2u, 3u), vec4u(ROWS - 1u)) * COLUMNS + column;
    let d = mat4x4f(da[rows.x], da[rows.y], da[rows.z], da[rows.w]);
    let a = state_before(row + local.x % 4u, step, k / 4u);
    let b = state_before(row + local.x % 4u, step, next);
    y0 += d * gathered(a.x);
    y1 += d * gathered(a.y);
    y2 += d * gathered(a.z);
    y3 += d * gathered(a.w);
    y4 += d * gathered(b.x);
    y5 += d * gathered(b.y);
    y6 += d * gathered(b.z);
    y7 += d * gathered(b.w);
    step = rest(step + 4u);
  }
  if (own >= COLUMNS) {
    return;
  }
  store(k, column, y0);
  store(k + 1u, column, y1);
  store(k + 2u, column, y2);
  store(k + 3u, column, y3);
  store(k + 4u, column, y4);
  store(k + 5u, column, y5);
  store(k + 6u, column, y6);
  store(k + 7u, column, y7);
  if (k == 0u) {
    var sum = vec4f();
    for (var row = 0u; row < ROWS; row++) {
      sum += da[row * COLUMNS + column];
    }
    db[column] = sum;
  }
}
