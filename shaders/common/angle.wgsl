// position / 10000^fraction, less whole turns: in -pi..pi, where WGSL promises an accurate sine.
fn angle(position: u32, fraction: f32) -> f32 {
  let turns = f32(position) * exp2(-13.287712379549449 * fraction) * 0.15915494309189535;
  return 6.283185307179586 * (turns - round(turns));
}
