// The flat index of an invocation, for workgroups of 64 that spill into y.
fn flat_index(group: vec3u, groups: vec3u, local: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + local;
}
