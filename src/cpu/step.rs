//! What changes from step to step. Twin: `shaders/common/step.wgsl` (a test compares the layouts).

/// The uniform of a step.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Step {
    /// Where in the metrics ring this step's numbers go.
    pub slot: u32,
    /// Steps done before this one.
    pub index: u32,
    /// Where in the data set's order the batch begins.
    pub cursor: u32,
    /// Valid samples of the batch: fewer at the end of an epoch.
    pub rows: u32,
    /// The run's seed.
    pub seed: u32,
    /// WGSL aligns `hyper` to 16 bytes.
    pub padding: [u32; 3],
    /// For the optimizer: learning rate and what it derives from the step number.
    pub hyper: [f32; 4],
}
