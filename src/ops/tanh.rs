//! `tanh`: y = tanh(x), element by element.

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(TANH, "pointwise/tanh");

/// y = tanh(x). Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Tanh;

/// dx from dy and **y**, so that x need not be kept.
#[derive(Clone, Debug)]
pub struct TanhGrad;

impl Op for Tanh {
    fn name(&self) -> &'static str {
        "tanh"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(TanhGrad, &[dy, node.outputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&TANH, 1, "tanh_clamped({0})"))
    }
}

impl Op for TanhGrad {
    fn name(&self) -> &'static str {
        "tanh_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&TANH, 2, "tanh_grad({0}, {1})"))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Tanh, [&[1]]),
        Case::new(Tanh, [&[7, 13]]),
        Case::new(Tanh, [&[2, 3, 5, 7]]),
        Case::new(TanhGrad, [&[7, 13], &[7, 13]]),
    ]
}
