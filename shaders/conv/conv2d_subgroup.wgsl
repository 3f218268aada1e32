// The product of forward.wgsl, for C that is a multiple of 4. ACROSS, DOWN: invocations of a workgroup along pixels and
// channels. An invocation makes 8 output channels × 4 pixels of all images in a row, ACROSS apart, so that neighbours load
// neighbours. Of four input channels each invocation of a subgroup holds one's weights for its neighbours.
// use: tile_subgroup
const GROUP_PIXELS = 4u * ACROSS;

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let o = (group.y * DOWN + local.y) * 8u;
  if (o >= O) {
    return;
  }
  let q = group.x * GROUP_PIXELS + local.x + ACROSS * vec4u(0u, 1u, 2u, 3u);
  let corners = corners(q);
  let order = neighbours(local.x);
  // Past the last channel, the last one again, not stored.
  let rows0 = min(o + vec4u(0u, 1u, 2u, 3u), vec4u(O - 1u)) * (C * TAPS);
  let rows1 = min(o + vec4u(4u, 5u, 6u, 7u), vec4u(O - 1u)) * (C * TAPS);
  var tile: Tile;
  for (var t = 0u; t < TAPS * (C / 4u); t++) {
    let tap = tap_of(t, C / 4u);
    let c = tap.plane * 4u;
    let inputs = under(corners, tap.kh, tap.kw);
    let at = inputs.at + c * (H * W);
    let at_w = (c + order.x) * TAPS + tap.kh * KW + tap.kw;
    let v = mat4x4f(
      fetch(at + order.x * (H * W), inputs.inside),
      fetch(at + order.y * (H * W), inputs.inside),
      fetch(at + order.z * (H * W), inputs.inside),
      fetch(at + order.w * (H * W), inputs.inside),
    );
    tile = plus_product(tile, weights(rows0 + at_w), weights(rows1 + at_w), v);
  }
  store_tile(o, q, corners.place, tile);
}
