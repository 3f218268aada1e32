//! `sigmoid`: y = 1 / (1 + exp(-x)), element by element.

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(SIGMOID, "pointwise/sigmoid");

/// y = 1 / (1 + exp(-x)). Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Sigmoid;

/// dx from dy and **y**, so that x need not be kept.
#[derive(Clone, Debug)]
pub struct SigmoidGrad;

impl Op for Sigmoid {
    fn name(&self) -> &'static str {
        "sigmoid"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(SigmoidGrad, &[dy, node.outputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SIGMOID, 1, "sigmoid({0})"))
    }
}

impl Op for SigmoidGrad {
    fn name(&self) -> &'static str {
        "sigmoid_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SIGMOID, 2, "sigmoid_grad({0}, {1})"))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Sigmoid, [&[1]]),
        Case::new(Sigmoid, [&[7, 13]]),
        Case::new(Sigmoid, [&[2, 3, 5, 7]]),
        Case::new(SigmoidGrad, [&[7, 13], &[7, 13]]),
    ]
}
