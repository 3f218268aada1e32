//! `mse`: mean squared error, with the gradient in the same pass.

use super::{Case, Lowering, Op, cross_entropy::scaled, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Call,
};

kernel!(MSE, "loss/mse");

/// Inputs: prediction and target, \[batch, …\] both. Outputs: mean of (y − t)² over all elements \[1\], and
/// d loss / d y. Only the first `step.rows` samples of the batch count.
#[derive(Clone, Debug)]
pub struct Mse;

impl Op for Mse {
    fn name(&self) -> &'static str {
        "mse"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [y, target] = operands::<2>(inputs)?;
        if y != target || y.shape.rank() == 0 {
            return Err("prediction and target must have the same shape".into());
        }
        Ok(vec![Type::f32([1]), y.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[1], dy[0])?, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let y = &inputs[0].shape;
        let constants = [("COUNT", y.count().into()), ("BATCH", y.0[0].into())];
        Lowering::Kernel(Call::new(&MSE, 2, 2, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        5 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Mse, [&[1, 1], &[1, 1]]), Case::new(Mse, [&[7, 13], &[7, 13]]), Case::new(Mse, [&[131], &[131]])]
}
