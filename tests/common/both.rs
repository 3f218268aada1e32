//! The same graph on the GPU (f32) and in the interpreter (f64).

use std::sync::LazyLock;

use pollster::block_on;
use trainyard::{
    cpu::{Data, Step},
    gpu::Gpu,
    graph::{Graph, ValueId},
    plan::Plan,
    twins,
};

/// The device of this test.
pub static GPU: LazyLock<Gpu> = LazyLock::new(|| block_on(Gpu::new()).expect("these tests need a Vulkan driver"));

/// [`twins::Both`], waiting for everything.
pub struct Both(twins::Both);

impl Both {
    /// Plans for the adapter, compiles and fills in.
    pub fn new(g: &Graph, operands: &[(ValueId, Data<f64>)]) -> Self {
        Self(block_on(twins::Both::new(&GPU, &GPU.target(), g, operands)).unwrap())
    }

    /// What the GPU does.
    pub fn plan(&self) -> &Plan {
        self.0.plan()
    }

    /// A step on both.
    pub fn run(&mut self, step: &Step) {
        self.0.run(step);
    }

    /// Largest difference of an output, relative to its largest magnitude; infinite if whole numbers differ.
    pub fn difference(&self, title: &str, id: ValueId) -> f64 {
        block_on(self.0.difference(id, None)).unwrap_or_else(|e| panic!("{title}: {e}"))
    }
}
