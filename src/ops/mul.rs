//! `mul`: y = a · b, element by element.

use super::{Case, Lowering, Op, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(MUL, "pointwise/mul");

/// y = a · b. Shapes: any, any the same → the same.
#[derive(Clone, Debug)]
pub struct Mul;

impl Op for Mul {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 2]) };
        let (a, b) = (node.inputs[0], node.inputs[1]);
        Ok(vec![Some(g.apply1(Mul, &[dy, b])?), Some(g.apply1(Mul, &[dy, a])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&MUL, 2, "mul({0}, {1})"))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Mul, [&[1], &[1]]), Case::new(Mul, [&[3, 5, 7], &[3, 5, 7]])]
}
