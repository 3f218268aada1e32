//! `gaussian_kl`: how far a normal distribution is from the standard one, with the gradient in the same pass.

use super::{
    Case, Lowering, Op,
    loss::{lanes, scaled},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Call,
};

kernel!(GAUSSIAN_KL, "loss/gaussian_kl");

/// KL(N(μ, exp(v)) ‖ N(0, 1)) = −½ Σ (1 + v − μ² − exp(v)) (Kingma and Welling, 2014, appendix B). Input: \[batch, 2n\],
/// a sample's n means μ, then its n logarithms of variances v. Outputs: the sum over the n, mean over the first
/// `step.rows` samples \[1\], and d loss / d input.
#[derive(Clone, Debug)]
pub struct GaussianKl;

impl Op for GaussianKl {
    fn name(&self) -> &'static str {
        "gaussian_kl"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        if x.shape.rank() != 2 || !x.shape.last().is_multiple_of(2) {
            return Err("expected [batch, 2 n]: means, then logarithms of variances".into());
        }
        Ok(vec![Type::f32([1]), x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[1], dy[0])?])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let x = &inputs[0].shape;
        let constants = [("BATCH", x.0[0].into()), ("SIZE", (x.last() / 2).into()), lanes(x.count())];
        Lowering::Kernel(Call::new(&GAUSSIAN_KL, 1, 2, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        6 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    [[1, 2], [7, 10], [67, 134]].iter().map(|shape| Case::new(GaussianKl, [shape])).collect()
}
