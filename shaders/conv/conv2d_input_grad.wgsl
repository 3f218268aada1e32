// The product of backward.wgsl, in tiles as in conv2d.wgsl: 8 input channels × 8 input pixels an invocation.
// use: tile
const GROUP_PIXELS = 8u * LANES;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let q0 = group.x * GROUP_PIXELS + lane + LANES * vec4u(0u, 1u, 2u, 3u);
  let q1 = q0 + 4u * LANES;
  let c0 = group.y * 8u;
  let seen0 = seen(q0);
  let seen1 = seen(q1);
  let columns0 = min(c0 + vec4u(0u, 1u, 2u, 3u), vec4u(C - 1u)) * TAPS;
  let columns1 = min(c0 + vec4u(4u, 5u, 6u, 7u), vec4u(C - 1u)) * TAPS;
  var x00 = mat4x4f();
  var x01 = mat4x4f();
  var x10 = mat4x4f();
  var x11 = mat4x4f();
  for (var t = 0u; t < TAPS * O; t++) {
    let tap = tap_of(t, O);
    let outputs0 = outputs(seen0, tap.kh, tap.kw);
    let outputs1 = outputs(seen1, tap.kh, tap.kw);
    let at = tap.plane * (OH * OW);
    let at_w = tap.plane * (C * TAPS) + tap.kh * KW + tap.kw;
    let v0 = fetch(outputs0.at + at, outputs0.exist);
    let v1 = fetch(outputs1.at + at, outputs1.exist);
    let w0 = weights(columns0 + at_w);
    let w1 = weights(columns1 + at_w);
    x00 += outer(w0, v0);
    x01 += outer(w0, v1);
    x10 += outer(w1, v0);
    x11 += outer(w1, v1);
  }
  store_tile(c0, q0, seen0.place, Tile(x00, x10));
  store_tile(c0, q1, seen1.place, Tile(x01, x11));
}
