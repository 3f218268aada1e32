//! The operations. One file each: shape rule, gradient rule (graph → graph), lowering to a GPU
//! kernel, and the shapes that it is tested on. The CPU twin is `src/cpu/<op>.rs`, the kernel
//! `shaders/<family>/<op>.wgsl`.

pub mod accuracy;
pub mod add;
pub mod add_rows;
pub mod argmax;
pub mod attention;
pub mod attention_step;
pub mod attention_weights;
pub mod batch_norm;
pub mod batched_matmul;
pub mod bias_grad;
pub mod binary_cross_entropy;
pub mod concat;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod cross_entropy;
pub mod distillation;
pub mod dropout;
pub mod embedding;
pub mod gather;
pub mod gaussian_kl;
pub mod gelu;
pub mod gru;
pub mod layer_norm;
pub mod leaky_relu;
pub mod linear;
mod loss;
pub mod lstm;
pub mod matmul;
pub mod mul;
pub mod narrow;
pub mod noise;
pub mod normalize;
pub mod one_hot;
pub mod pool2d;
pub mod rank;
pub mod recurrent;
pub mod recurrent_weight_grad;
pub mod regression;
pub mod relu;
pub mod reparameterize;
pub mod reshape;
pub mod rms_norm;
pub mod rnn;
pub mod rotary;
pub mod scale;
pub mod sigmoid;
pub mod silu;
pub mod sinusoidal;
pub mod softmax;
pub mod softplus;
pub mod tanh;
pub mod upsample;
mod window;
pub mod winograd;

use std::{fmt::Debug, sync::Arc};

pub use loss::Reduction;
pub use matmul::Matmul;
pub use scale::Scale;
pub use window::{Padding, Span, Window};

use crate::{
    cpu::Twin,
    error::{Error, Result},
    graph::{Graph, Node, Shape, Type, ValueId},
    kernels::{Call, Pointwise, Target},
    plan::Expansion,
};

/// One operation with its options; operands are given when it is applied.
pub trait Op: Debug + Send + Sync + Twin {
    /// The stem: the name of its files.
    fn name(&self) -> &'static str;

    /// Shape rule: the outputs' types, or what is wrong with the operands.
    ///
    /// # Errors
    /// What was expected; the caller adds the operands' shapes.
    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String>;

    /// Gradient rule: adds nodes to `g` that compute d loss / d input for every input, given
    /// `dy` = d loss / d output for every output (`None`: the loss does not depend on it).
    /// `None` in the answer: that input gets no gradient (labels, masks).
    ///
    /// # Errors
    /// When the op has no gradient.
    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let _ = dy;
        let shapes = node.inputs.iter().map(|&i| g.shape(i).clone()).collect();
        Err(Error::Op { op: self.name(), shapes, message: "has no gradient".into() })
    }

    /// How the GPU computes it.
    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering;

    /// Other kernels that compute the same on this device, best guess first; those [`Call::when_timed`] are no guess.
    fn variants(&self, _inputs: &[Type], _outputs: &[Type], _target: &Target) -> Vec<Call> {
        Vec::new()
    }

    /// The results of other ops that compute the same together, where that is faster on this device.
    fn expand(
        &self,
        _graph: &mut Expansion<'_>,
        _inputs: &[ValueId],
        _target: &Target,
    ) -> Option<Result<Vec<ValueId>>> {
        None
    }

    /// Floating-point operations of one evaluation.
    fn flops(&self, _inputs: &[Type], outputs: &[Type]) -> u64 {
        outputs[0].shape.count() as u64
    }
}

/// How the GPU computes an op.
#[derive(Debug)]
pub enum Lowering {
    /// Nothing to do: output 0 is input 0 under another shape.
    View,
    /// Element by element: fused into the kernel before it where possible.
    Pointwise(Pointwise),
    /// A kernel of its own.
    Kernel(Call),
}

/// The shape rule with the operands' shapes in the error.
///
/// # Errors
/// [`Error::Op`].
pub fn infer(op: &dyn Op, inputs: &[Type]) -> Result<Vec<Type>> {
    op.infer(inputs).map_err(|message| Error::Op {
        op: op.name(),
        shapes: inputs.iter().map(|t| t.shape.clone()).collect(),
        message,
    })
}

/// What an operand of a test case is filled with.
#[derive(Clone, Copy, Debug)]
pub enum Fill {
    /// Standard normal numbers.
    Normal,
    /// Whole numbers below this one: labels, indices, bytes.
    Below(u32),
}

/// One op on operands of certain shapes: checked by finite differences and GPU against CPU.
#[derive(Clone, Debug)]
pub struct Case {
    /// The op.
    pub op: Arc<dyn Op>,
    /// Operands.
    pub inputs: Vec<(Type, Fill)>,
    /// Largest allowed difference between GPU (f32) and CPU twin (f64), relative to the largest
    /// magnitude of the output; 1e-5 unless the op says why not.
    pub tolerance: f64,
}

impl Case {
    /// A case with normal operands of these shapes and the usual tolerance.
    pub fn new<const N: usize>(op: impl Op + 'static, shapes: [&[usize]; N]) -> Self {
        Self::of(Arc::new(op), &shapes)
    }

    /// Once for all ops.
    #[inline(never)]
    fn of(op: Arc<dyn Op>, shapes: &[&[usize]]) -> Self {
        let inputs = shapes.iter().map(|s| (Type::f32(Shape(s.to_vec())), Fill::Normal)).collect();
        Self { op, inputs, tolerance: 1e-5 }
    }

    /// Adds labels below `classes`.
    #[must_use]
    pub fn labels(mut self, shape: &[usize], classes: u32) -> Self {
        self.inputs.push((Type::u32(Shape(shape.to_vec())), Fill::Below(classes)));
        self
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, shape: &[usize]) -> Self {
        self.inputs.push((Type::u8(Shape(shape.to_vec())), Fill::Below(256)));
        self
    }

    /// Another tolerance.
    #[must_use]
    pub fn within(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }
}

/// Every op's test cases: tests iterate over them, so a new op is tested by being listed here.
pub fn cases() -> Vec<Case> {
    [
        accuracy::cases(),
        add::cases(),
        add_rows::cases(),
        argmax::cases(),
        attention::cases(),
        attention_step::cases(),
        attention_weights::cases(),
        batch_norm::cases(),
        batched_matmul::cases(),
        bias_grad::cases(),
        binary_cross_entropy::cases(),
        concat::cases(),
        conv2d::cases(),
        conv_transpose2d::cases(),
        cross_entropy::cases(),
        distillation::cases(),
        dropout::cases(),
        embedding::cases(),
        gather::cases(),
        gaussian_kl::cases(),
        gelu::cases(),
        gru::cases(),
        layer_norm::cases(),
        leaky_relu::cases(),
        linear::cases(),
        lstm::cases(),
        matmul::cases(),
        mul::cases(),
        narrow::cases(),
        noise::cases(),
        normalize::cases(),
        one_hot::cases(),
        pool2d::cases(),
        rank::cases(),
        recurrent_weight_grad::cases(),
        regression::cases(),
        relu::cases(),
        reparameterize::cases(),
        reshape::cases(),
        rms_norm::cases(),
        rnn::cases(),
        rotary::cases(),
        scale::cases(),
        sigmoid::cases(),
        silu::cases(),
        sinusoidal::cases(),
        softmax::cases(),
        softplus::cases(),
        tanh::cases(),
        upsample::cases(),
        winograd::cases(),
    ]
    .concat()
}

/// Takes as many operands as its options say.
fn count(inputs: &[Type], expected: usize) -> Result<(), String> {
    if inputs.len() == expected { Ok(()) } else { Err(format!("takes {expected} operands, got {}", inputs.len())) }
}

/// Takes exactly `N` operands.
fn operands<const N: usize>(inputs: &[Type]) -> Result<&[Type; N], String> {
    inputs.try_into().map_err(|_| format!("takes {N} operands, got {}", inputs.len()))
}

/// Two operands of one shape, which is the result's.
fn same_shape(inputs: &[Type]) -> Result<Vec<Type>, String> {
    let [a, b] = operands::<2>(inputs)?;
    if a != b {
        return Err("operands must have the same shape".into());
    }
    Ok(vec![a.clone()])
}
