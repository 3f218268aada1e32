// The product of backward.wgsl, for O that is a multiple of 4, in tiles as in conv2d_subgroup.wgsl: 8 input channels × 4
// input pixels an invocation.
// use: tile_subgroup
const GROUP_PIXELS = 4u * ACROSS;

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let c = (group.y * DOWN + local.y) * 8u;
  if (c >= C) {
    return;
  }
  let q = group.x * GROUP_PIXELS + local.x + ACROSS * vec4u(0u, 1u, 2u, 3u);
  let seen = seen(q);
  let order = neighbours(local.x);
  // Past the last channel, the last one again, not stored.
  let columns0 = min(c + vec4u(0u, 1u, 2u, 3u), vec4u(C - 1u)) * TAPS;
  let columns1 = min(c + vec4u(4u, 5u, 6u, 7u), vec4u(C - 1u)) * TAPS;
  var tile: Tile;
  for (var t = 0u; t < TAPS * (O / 4u); t++) {
    let tap = tap_of(t, O / 4u);
    let o = tap.plane * 4u;
    let outputs = outputs(seen, tap.kh, tap.kw);
    let at = outputs.at + o * (OH * OW);
    let at_w = (o + order.x) * (C * TAPS) + tap.kh * KW + tap.kw;
    let v = mat4x4f(
      fetch(at + order.x * (OH * OW), outputs.exist),
      fetch(at + order.y * (OH * OW), outputs.exist),
      fetch(at + order.z * (OH * OW), outputs.exist),
      fetch(at + order.w * (OH * OW), outputs.exist),
    );
    tile = plus_product(tile, weights(columns0 + at_w), weights(columns1 + at_w), v);
  }
  store_tile(c, q, seen.place, tile);
}
