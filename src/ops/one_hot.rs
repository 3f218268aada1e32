//! `one_hot`: labels as rows with a single 1.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::Type,
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(ONE_HOT, "data/one_hot");

/// Labels \[…\] → \[…, classes\].
#[derive(Clone, Debug)]
pub struct OneHot {
    /// Number of classes.
    pub classes: usize,
}

impl Op for OneHot {
    fn name(&self) -> &'static str {
        "one_hot"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [labels] = operands::<1>(inputs)?;
        let mut shape = labels.shape.clone();
        shape.0.push(self.classes);
        Ok(vec![Type::f32(shape)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let constants = [("ROWS", inputs[0].shape.count().into()), ("CLASSES", self.classes.into())];
        Lowering::Kernel(Call::new(&ONE_HOT, 1, 1, groups_1d(outputs[0].shape.count())).with(constants))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(OneHot { classes: 1 }, []).labels(&[1], 1), Case::new(OneHot { classes: 10 }, []).labels(&[67], 10)]
}
