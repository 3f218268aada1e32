//! `softplus`: y = ln(1 + eˣ), a smooth relu (Dugas et al., 2001).

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(SOFTPLUS, "pointwise/softplus");

/// y = ln(1 + eˣ) (`torch.nn.Softplus` with beta 1). Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Softplus;

/// dx from dy and **y**, so that x need not be kept.
#[derive(Clone, Debug)]
pub struct SoftplusGrad;

impl Op for Softplus {
    fn name(&self) -> &'static str {
        "softplus"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(SoftplusGrad, &[dy, node.outputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SOFTPLUS, 1, "softplus({0})"))
    }
}

impl Op for SoftplusGrad {
    fn name(&self) -> &'static str {
        "softplus_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SOFTPLUS, 2, "softplus_grad({0}, {1})"))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Softplus, [&[1]]),
        Case::new(Softplus, [&[7, 13]]),
        Case::new(Softplus, [&[2, 3, 5, 7]]),
        Case::new(SoftplusGrad, [&[7, 13], &[7, 13]]),
    ]
}
