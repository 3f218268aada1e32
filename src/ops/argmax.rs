//! `argmax`: the class that a network decides for.

use super::{Case, Lowering, Op, operands};
use crate::{
    graph::{Shape, Type},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(ARGMAX, "loss/argmax");

/// The place of the largest number of the last dimension; of equals, the first. Shape: \[…, classes\] → u32 \[…\].
#[derive(Clone, Debug)]
pub struct Argmax;

impl Op for Argmax {
    fn name(&self) -> &'static str {
        "argmax"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        match x.shape.0.split_last() {
            Some((_, rows)) if !rows.is_empty() => Ok(vec![Type::u32(Shape(rows.to_vec()))]),
            _ => Err("expected [..., classes]".into()),
        }
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let x = &inputs[0].shape;
        let constants = [("ROWS", x.rows().into()), ("COLUMNS", x.last().into())];
        Lowering::Kernel(Call::new(&ARGMAX, 1, 1, groups_1d(x.rows())).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Argmax, [&[1, 1]]), Case::new(Argmax, [&[67, 10]]), Case::new(Argmax, [&[3, 5, 131]])]
}
