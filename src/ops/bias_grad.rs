//! `bias_grad`: the sum by channels, for ops whose weight gradient does not make it in the same pass.

use super::{
    Case, Lowering, Op,
    batch_norm::{by_channels, sizes},
    operands,
};
use crate::{graph::Type, kernel};

kernel!(BIAS_GRAD, "conv/bias_grad");

/// db\[c\] = Σ dy\[·, c, …\]. Shape: \[batch, channels, …\] → \[channels\].
#[derive(Clone, Debug)]
pub struct BiasGrad;

impl Op for BiasGrad {
    fn name(&self) -> &'static str {
        "bias_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy] = operands::<1>(inputs)?;
        let [_, channels, _] = sizes(dy)?;
        Ok(vec![Type::f32([channels])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Kernel(by_channels(&BIAS_GRAD, 1, 1, &inputs[0]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(BiasGrad, [&[1, 1]]),
        Case::new(BiasGrad, [&[67, 3]]),
        Case::new(BiasGrad, [&[3, 5, 7, 11]]),
        Case::new(BiasGrad, [&[2, 3, 9, 13]]),
    ]
}
