//! `relu`: y = max(x, 0), element by element. The derivative at 0 is 0, as in PyTorch.

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(RELU, "pointwise/relu");

/// y = max(x, 0). Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Relu;

/// dx from dy and **y**, so that x need not be kept.
#[derive(Clone, Debug)]
pub struct ReluGrad;

impl Op for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(ReluGrad, &[dy, node.outputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&RELU, 1, "relu({0})"))
    }
}

impl Op for ReluGrad {
    fn name(&self) -> &'static str {
        "relu_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&RELU, 2, "relu_grad({0}, {1})"))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Relu, [&[1]]),
        Case::new(Relu, [&[7, 13]]),
        Case::new(Relu, [&[2, 3, 5, 7]]),
        Case::new(ReluGrad, [&[7, 13], &[7, 13]]),
    ]
}
