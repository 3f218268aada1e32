//! `accuracy`: how many rows have their largest score at the label. For losses that don't count it themselves.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Shape, Type},
    kernel,
    kernels::Call,
};

kernel!(ACCURACY, "loss/accuracy");

/// Inputs: scores \[batch, …, classes\], labels \[batch, …\]. Output: the number of hits \[1\] among the first
/// `step.rows` samples.
#[derive(Clone, Debug)]
pub struct Accuracy;

impl Op for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [scores, labels] = operands::<2>(inputs)?;
        let rows = &scores.shape.0[..scores.shape.rank().saturating_sub(1)];
        if labels.shape != Shape(rows.to_vec()) || rows.is_empty() {
            return Err("expected [batch, ..., classes] and [batch, ...]".into());
        }
        Ok(vec![Type::f32([1])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let scores = &inputs[0].shape;
        let constants =
            [("ROWS", scores.rows().into()), ("CLASSES", scores.last().into()), ("BATCH", scores.0[0].into())];
        Lowering::Kernel(Call::new(&ACCURACY, 2, 1, [1, 1, 1]).with(constants))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Accuracy, [&[1, 1]]).labels(&[1], 1), Case::new(Accuracy, [&[131, 3]]).labels(&[131], 3)]
}
