//! `scale`: y = factor · x, with a factor known beforehand.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(SCALE, "pointwise/scale");

/// y = factor · x. Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Scale {
    /// The factor.
    pub factor: f32,
}

impl Op for Scale {
    fn name(&self) -> &'static str {
        "scale"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        // A constant stays one: losses, weighted and added up, must see it.
        if let Some(number) = g.as_constant(dy) {
            return Ok(vec![Some(g.constant(g.shape(dy).clone(), number * self.factor))]);
        }
        Ok(vec![Some(g.apply1(self.clone(), &[dy])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&SCALE, 1, format!("scale({{0}}, {:?})", self.factor)))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Scale { factor: -2.5 }, [&[1]]), Case::new(Scale { factor: 0.125 }, [&[3, 5, 7]])]
}
