//! `cross_entropy`: softmax and negative log-likelihood of the label, with the gradient in the same pass.

use super::{Case, Lowering, Op, Scale, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::Call,
};

kernel!(CROSS_ENTROPY, "loss/cross_entropy");

/// Inputs: logits \[batch, …, classes\], labels \[batch, …\]. Outputs: the mean loss \[1\], the number of rows
/// whose largest logit is the label's \[1\], and d loss / d logits, which costs nothing more here.
/// Only the first `step.rows` samples of the batch count.
#[derive(Clone, Debug)]
pub struct CrossEntropy;

impl Op for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [logits, labels] = operands::<2>(inputs)?;
        let rows = &logits.shape.0[..logits.shape.rank().saturating_sub(1)];
        if labels.shape != Shape(rows.to_vec()) || rows.is_empty() {
            return Err("expected [batch, ..., classes] and [batch, ...]".into());
        }
        Ok(vec![Type::f32([1]), Type::f32([1]), logits.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[2], dy[0])?, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let logits = &inputs[0].shape;
        let constants =
            [("ROWS", logits.rows().into()), ("CLASSES", logits.last().into()), ("BATCH", logits.0[0].into())];
        Lowering::Kernel(Call::new(&CROSS_ENTROPY, 2, 3, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        8 * inputs[0].shape.count() as u64
    }
}

/// The gradient that a loss has made along the way, times d objective / d loss, a number known when
/// the graph is built.
pub(super) fn scaled(g: &mut Graph, dx: ValueId, dloss: Option<ValueId>) -> Result<Option<ValueId>> {
    match dloss.map(|id| g.as_constant(id)) {
        None => Ok(None),
        Some(Some(1.0)) => Ok(Some(dx)),
        Some(Some(factor)) => Ok(Some(g.apply1(Scale { factor }, &[dx])?)),
        Some(None) => Err(crate::Error::data("autodiff", "a loss must be a weighted term of the objective")),
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(CrossEntropy, [&[1, 1]]).labels(&[1], 1),
        Case::new(CrossEntropy, [&[67, 10]]).labels(&[67], 10),
        Case::new(CrossEntropy, [&[3, 5, 131]]).labels(&[3, 5], 131),
    ]
}
