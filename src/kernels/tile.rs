//! How many workgroups a kernel needs.

/// Invocations of a workgroup in kernels over a flat index (`shaders/common/index.wgsl`).
pub const WORKGROUP: usize = 64;
/// WebGPU's default limit of workgroups in a dimension.
const MAX_GROUPS: usize = 65_535;

/// One invocation an element; spills into y.
pub fn groups_1d(elements: usize) -> [u32; 3] {
    let groups = elements.div_ceil(WORKGROUP).max(1);
    let y = groups.div_ceil(MAX_GROUPS);
    [groups.div_ceil(y) as u32, y as u32, 1]
}

/// Columns × rows × depth in tiles of `tile_x` × `tile_y`.
pub fn tile_groups((columns, tile_x): (usize, usize), (rows, tile_y): (usize, usize), depth: usize) -> [u32; 3] {
    [columns.div_ceil(tile_x) as u32, rows.div_ceil(tile_y) as u32, depth as u32]
}
