//! `regression`: squared, absolute and Huber's error, with the gradient in the same pass.

use super::{
    Case, Lowering, Op, Reduction,
    loss::{lanes, scaled},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Call,
};

kernel!(REGRESSION, "loss/regression");

/// How a difference d counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ErrorTerm {
    /// d², as `torch.nn.MSELoss`.
    #[default]
    Squared,
    /// |d|, as `torch.nn.L1Loss`.
    Absolute,
    /// d² / 2 up to |d| = delta, delta (|d| − delta / 2) beyond (Huber, 1964), as `torch.nn.HuberLoss`.
    Huber {
        /// Where the parabola ends.
        delta: f32,
    },
}

/// Inputs: prediction and target, \[batch, …\] both. Outputs: the loss \[1\], and d loss / d prediction. The default
/// is the mean squared error. Only the first `step.rows` samples of the batch count.
#[derive(Clone, Debug, Default)]
pub struct Regression {
    /// How a difference counts.
    pub error: ErrorTerm,
    /// What becomes of the elements.
    pub reduction: Reduction,
}

impl Op for Regression {
    fn name(&self) -> &'static str {
        "regression"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [y, target] = operands::<2>(inputs)?;
        if y != target || y.shape.rank() == 0 {
            return Err("prediction and target must have the same shape".into());
        }
        if let ErrorTerm::Huber { delta } = self.error
            && !(delta > 0.0 && delta.is_finite())
        {
            return Err(format!("delta must be a number above 0, got {delta}"));
        }
        Ok(vec![Type::f32([1]), y.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[1], dy[0])?, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let y = &inputs[0].shape;
        let (error, delta) = match self.error {
            ErrorTerm::Squared => (0, 1.0),
            ErrorTerm::Absolute => (1, 1.0),
            ErrorTerm::Huber { delta } => (2_usize, delta),
        };
        let constants = [
            ("COUNT", y.count().into()),
            ("BATCH", y.0[0].into()),
            ("TERMS", self.reduction.terms(y).into()),
            lanes(y.count()),
            ("ERROR", error.into()),
            ("DELTA", delta.into()),
        ];
        Lowering::Kernel(Call::new(&REGRESSION, 2, 2, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        5 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |error, reduction, shape: &[usize]| Case::new(Regression { error, reduction }, [shape, shape]);
    let mut cases = vec![case(ErrorTerm::Squared, Reduction::Mean, &[67, 131])]; // a wide workgroup
    for error in [ErrorTerm::Squared, ErrorTerm::Absolute, ErrorTerm::Huber { delta: 0.75 }] {
        cases.extend([
            case(error, Reduction::Mean, &[1, 1]),
            case(error, Reduction::Mean, &[131]),
            case(error, Reduction::Sum, &[7, 13]),
        ]);
    }
    cases
}
