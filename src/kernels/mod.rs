//! GPU kernels as data: what a dispatch needs, and how its WGSL is put together.
//!
//! A kernel is a file under `shaders/`. The file is the only place that lists its bindings; the
//! host reads them from it. Shapes are static, so they are `const` in the composed source: the
//! compiler sees every loop bound, and register tiles may be sized by them (which `override`s may
//! not). Element-wise ops that follow a kernel are composed into its `epilogue`.

mod compose;
mod merge;
mod source;
mod target;
mod tile;
mod unroll;

pub use compose::{Argument, Composed, Epilogue, Link, compose};
pub use merge::{Part, has_workgroup_memory, invocations, merge};
pub use source::{Access, Binding, bindings};
pub use target::{Lanes, Target};
pub use tile::{groups_1d, tile_groups};

/// A kernel: a name and its WGSL, from `shaders/`.
#[derive(Debug)]
pub struct Kernel {
    /// The stem of the file.
    pub name: &'static str,
    /// The file's text. A line `// use: step, index` names the parts of `shaders/common` it needs;
    /// a kernel that calls `epilogue(value, index)` lets element-wise ops be fused into it.
    pub source: &'static str,
}

impl Kernel {
    /// Whether element-wise ops can be fused into it.
    pub fn has_epilogue(&self) -> bool {
        let parts = source::uses(self.source).into_iter().filter_map(source::common);
        [self.source].into_iter().chain(parts).any(|text| text.contains("epilogue("))
    }
}

/// Defines a kernel from `shaders/<path>.wgsl`, or from several files: what several kernels share, and the kernel. Its name
/// is the last path of one or two, unless it is given one.
#[macro_export]
macro_rules! kernel {
    ($name:ident as $called:literal, $($path:literal),+) => {
        #[doc = concat!("`", $called, "`:", $(" `shaders/", $path, ".wgsl`"),+)]
        pub static $name: $crate::kernels::Kernel = $crate::kernels::Kernel {
            name: $called,
            source: concat!($(include_str!(concat!("../../shaders/", $path, ".wgsl"))),+),
        };
    };
    ($name:ident, $path:literal) => {
        $crate::kernel!($name as $path, $path);
    };
    ($name:ident, $shared:literal, $path:literal) => {
        $crate::kernel!($name as $path, $shared, $path);
    };
}

/// A constant of a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// `u32`.
    U32(u32),
    /// `f32`.
    F32(f32),
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        Self::U32(n as u32)
    }
}

impl From<bool> for Number {
    fn from(b: bool) -> Self {
        Self::U32(b.into())
    }
}

impl From<f32> for Number {
    fn from(x: f32) -> Self {
        Self::F32(x)
    }
}

/// An operand of the op that a kernel serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The op's input of this index.
    In(usize),
    /// The op's output of this index.
    Out(usize),
}

/// One dispatch of a kernel on behalf of an op.
#[derive(Debug)]
pub struct Call {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// Its constants; every name must occur in the source.
    pub constants: Vec<(&'static str, Number)>,
    /// What is bound to its bindings, in their order.
    pub operands: Vec<Operand>,
    /// Workgroups in x, y, z.
    pub groups: [u32; 3],
    /// An element-wise function of the op itself that ends the kernel (a bias); its first operand
    /// is the kernel's value, the others are these inputs of the op.
    pub ending: Option<(Pointwise, Vec<usize>)>,
    /// Whether it is a guess at best: taken only where it was timed and found fastest.
    pub when_timed: bool,
}

impl Call {
    /// Inputs, then outputs, in order: how most kernels bind.
    pub fn new(kernel: &'static Kernel, inputs: usize, outputs: usize, groups: [u32; 3]) -> Self {
        let operands = (0..inputs).map(Operand::In).chain((0..outputs).map(Operand::Out)).collect();
        Self { kernel, constants: Vec::new(), operands, groups, ending: None, when_timed: false }
    }

    /// What tells it from other calls: the kernel and its constants.
    pub fn key(&self) -> String {
        let mut key = self.kernel.name.to_owned();
        for (name, number) in &self.constants {
            key += &match number {
                Number::U32(n) => format!(" {name}={n}"),
                Number::F32(x) => format!(" {name}={x}"),
            };
        }
        key
    }

    /// It has barriers: software adapters take it only where it was timed and found fastest.
    #[must_use]
    pub fn with_barriers(mut self, target: &Target) -> Self {
        self.when_timed = !target.hardware;
        self
    }

    /// With these constants too.
    #[must_use]
    pub fn with(mut self, constants: impl IntoIterator<Item = (&'static str, Number)>) -> Self {
        self.constants.extend(constants);
        self
    }
}

/// Which element of an operand belongs to element `i` of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// `i`.
    Same,
    /// `(i / inner) % channels`: one number a channel, as a bias.
    Channel {
        /// Elements of a channel that lie together.
        inner: usize,
        /// Number of channels.
        channels: usize,
    },
    /// `min(step.cursor, rows - 1) * columns + i % columns`: the step's row of a table.
    Cursor {
        /// Rows of the table.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
}

/// An element-wise function: `y[i] = call(x0[i], x1[i], …)`.
#[derive(Clone, Debug)]
pub struct Pointwise {
    /// Where its WGSL functions are.
    pub kernel: &'static Kernel,
    /// The call, with `{0}`, `{1}`, … for the operands and `i` for the index: `relu({0})`.
    pub call: String,
    /// How each operand is indexed.
    pub operands: Vec<Index>,
}

impl Pointwise {
    /// All operands have the result's shape.
    pub fn same(kernel: &'static Kernel, operands: usize, call: impl Into<String>) -> Self {
        Self { kernel, call: call.into(), operands: vec![Index::Same; operands] }
    }
}

kernel!(POINTWISE, "pointwise/pointwise");
