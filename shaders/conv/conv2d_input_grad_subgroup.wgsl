// dx[b, c, q] = epilogue(sum over o, kh, kw of w[o, c, kh, kw] dy[b, o, output whose (kh, kw) falls on q]).
// Constants and tiles as in conv2d_subgroup.wgsl: 8 input channels × 4 input pixels an invocation. O is a multiple of 4.
// use: quotient, gathered, outputs
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
const PIXELS = H * W;
const TAPS = KH * KW;
const LARGEST = TAPS * O;
// Whether all tiles are full.
const EVEN = C % 8u == 0u && (B * PIXELS) % (4u * ACROSS) == 0u;
// For the epilogue.
var<private> channel: u32;

// `place`: of the pixels in channel 0. Dividing for each number would take longer than all else.
fn store(c: u32, q: vec4u, place: vec4u, values: vec4f) {
  channel = c;
  // unroll
  for (var j = 0u; j < 4u; j++) {
    if (EVEN || (c < C && q[j] < B * PIXELS)) {
      let i = place[j] + c * PIXELS;
      dx[i] = epilogue(values[j], i);
    }
  }
}

fn fetch(at: vec4u, exist: vec4<bool>) -> vec4f {
  return select(vec4f(), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]), exist);
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let c = (group.y * DOWN + local.y) * 8u;
  if (c >= C) {
    return;
  }
  let q = group.x * ACROSS * 4u + local.x + ACROSS * vec4u(0u, 1u, 2u, 3u);
  let seen = seen(q);
  let order = neighbours(local.x);
  var tile: array<mat4x4f, 2>;
  // Past the last channel, the last ones again, not stored.
  let rows0 = min(c + vec4u(0u, 1u, 2u, 3u), vec4u(C - 1u)) * TAPS;
  let rows1 = min(c + vec4u(4u, 5u, 6u, 7u), vec4u(C - 1u)) * TAPS;
  // One loop, not three: on software adapters each loop around the tile costs as much as its body.
  for (var t = 0u; t < TAPS * (O / 4u); t++) {
    let tap = quotient(t, O / 4u);
    let o = (t - tap * (O / 4u)) * 4u;
    let kh = quotient(tap, KW);
    let kw = tap - kh * KW;
    let outputs = outputs(seen, kh, kw);
    var at = outputs.at;
    var at_w = order.x * (C * TAPS) + kh * KW + kw;
    at += o * (OH * OW);
    at_w += o * (C * TAPS);
    let v = mat4x4f(
      fetch(at + order.x * (OH * OW), outputs.exist),
      fetch(at + order.y * (OH * OW), outputs.exist),
      fetch(at + order.z * (OH * OW), outputs.exist),
      fetch(at + order.w * (OH * OW), outputs.exist),
    );
    let w0 = rows0 + at_w;
    let w1 = rows1 + at_w;
    tile[0] += v * transpose(gathered(vec4f(w[w0.x], w[w0.y], w[w0.z], w[w0.w])));
    tile[1] += v * transpose(gathered(vec4f(w[w1.x], w[w1.y], w[w1.z], w[w1.w])));
  }
  var result = tile;
  for (var r = 0u; r < 8u; r++) {
    store(c + r, q, seen.place, result[r / 4u][r % 4u]);
  }
}
