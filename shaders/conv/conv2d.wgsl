// The product of forward.wgsl. LANES: invocations of a workgroup.
// An invocation makes 8 output channels × 8 pixels (of all images in a row) in registers: four loads
// for sixteen multiply-adds. Neighbours have adjacent pixels and the same weights; no barriers.
// use: tile
const GROUP_PIXELS = 8u * LANES;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let q0 = group.x * GROUP_PIXELS + lane + LANES * vec4u(0u, 1u, 2u, 3u);
  let q1 = q0 + 4u * LANES;
  let o0 = group.y * 8u;
  let corners0 = corners(q0);
  let corners1 = corners(q1);
  let rows0 = min(o0 + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u)) * (C * TAPS);
  let rows1 = min(o0 + vec4u(4u, 5u, 6u, 7u), vec4u(O - 1u)) * (C * TAPS);
  var y00 = mat4x4f();
  var y01 = mat4x4f();
  var y10 = mat4x4f();
  var y11 = mat4x4f();
  for (var t = 0u; t < TAPS * C; t++) {
    let tap = tap_of(t, C);
    let inputs0 = under(corners0, tap.kh, tap.kw);
    let inputs1 = under(corners1, tap.kh, tap.kw);
    let at = tap.plane * (H * W);
    let at_w = tap.plane * TAPS + tap.kh * KW + tap.kw;
    let v0 = fetch(inputs0.at + at, inputs0.inside);
    let v1 = fetch(inputs1.at + at, inputs1.inside);
    let w0 = weights(rows0 + at_w);
    let w1 = weights(rows1 + at_w);
    y00 += outer(w0, v0);
    y01 += outer(w0, v1);
    y10 += outer(w1, v0);
    y11 += outer(w1, v1);
  }
  store_tile(o0, q0, corners0.place, Tile(y00, y10));
  store_tile(o0, q1, corners1.place, Tile(y01, y11));
}
