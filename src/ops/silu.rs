//! `silu`: y = x · sigmoid(x), also called swish (Elfwing, Uchibe and Doya, 2018; Ramachandran et al., 2017).

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(SILU, "pointwise/silu");

/// y = x / (1 + e⁻ˣ). Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Silu;

/// dx from dy and x.
#[derive(Clone, Debug)]
pub struct SiluGrad;

impl Op for Silu {
    fn name(&self) -> &'static str {
        "silu"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(SiluGrad, &[dy, node.inputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SILU, 1, "silu({0})"))
    }
}

impl Op for SiluGrad {
    fn name(&self) -> &'static str {
        "silu_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SILU, 2, "silu_grad({0}, {1})"))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Silu, [&[1]]),
        Case::new(Silu, [&[7, 13]]),
        Case::new(Silu, [&[2, 3, 5, 7]]),
        Case::new(SiluGrad, [&[7, 13], &[7, 13]]),
    ]
}
