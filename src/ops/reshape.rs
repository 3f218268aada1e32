//! `reshape`: the same elements in the same order under another shape. Costs nothing.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
};

/// Shape: any → `shape`, with as many elements.
#[derive(Clone, Debug)]
pub struct Reshape {
    /// The new shape.
    pub shape: Shape,
}

impl Op for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        if x.shape.count() != self.shape.count() {
            return Err(format!("has {} elements, {} has {}", x.shape.count(), self.shape, self.shape.count()));
        }
        Ok(vec![Type { dtype: x.dtype, shape: self.shape.clone() }])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        let shape = g.shape(node.inputs[0]).clone();
        Ok(vec![Some(g.apply1(Reshape { shape }, &[dy])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::View
    }

    fn flops(&self, _: &[Type], _: &[Type]) -> u64 {
        0
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Reshape { shape: [3, 35].into() }, [&[3, 5, 7]])]
}
