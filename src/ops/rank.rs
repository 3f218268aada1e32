//! `rank`: how far from the top the label is.

use super::{Case, Lowering, Op, operands};
use crate::{
    graph::{Shape, Type},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(RANK, "loss/rank");

/// The number of logits that are larger than the label's, `classes` where the label is no class (padding): the label
/// is among the first k if this is below k. Inputs: logits \[…, classes\], labels \[…\]. Output: u32 \[…\].
#[derive(Clone, Debug)]
pub struct Rank;

impl Op for Rank {
    fn name(&self) -> &'static str {
        "rank"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [logits, labels] = operands::<2>(inputs)?;
        let rows = &logits.shape.0[..logits.shape.rank().saturating_sub(1)];
        if labels.shape != Shape(rows.to_vec()) || rows.is_empty() {
            return Err("expected [..., classes] and [...]".into());
        }
        Ok(vec![labels.clone()])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let x = &inputs[0].shape;
        let constants = [("ROWS", x.rows().into()), ("CLASSES", x.last().into())];
        Lowering::Kernel(Call::new(&RANK, 2, 1, groups_1d(x.rows())).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Rank, [&[1, 1]]).labels(&[1], 1),
        Case::new(Rank, [&[67, 10]]).labels(&[67], 12),
        Case::new(Rank, [&[3, 5, 131]]).labels(&[3, 5], 131),
    ]
}
