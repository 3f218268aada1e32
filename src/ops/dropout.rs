//! `dropout`: zeroes elements at random and scales the others (Srivastava et al., 2014; inverted).

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(DROPOUT, "pointwise/dropout");

/// y = x / (1 − rate) with probability 1 − rate, 0 otherwise. Shape: any → the same.
/// The numbers drawn depend on the step's seed and index, the stream and the element only, so the
/// backward pass draws the same ones and nothing is stored.
#[derive(Clone, Debug)]
pub struct Dropout {
    /// Probability of a zero, in [0, 1).
    pub rate: f32,
    /// Tells the dropouts of a network apart.
    pub stream: u32,
}

impl Op for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        if !(0.0..1.0).contains(&self.rate) {
            return Err(format!("rate must be in [0, 1), got {}", self.rate));
        }
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(self.clone(), &[dy])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        let call = format!("dropout({{0}}, i, {}u, {:?})", self.stream, self.rate);
        Lowering::Pointwise(Pointwise::same(&DROPOUT, 1, call))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Dropout { rate: 0.5, stream: 0 }, [&[1]]),
        Case::new(Dropout { rate: 0.25, stream: 3 }, [&[7, 131]]),
        Case::new(Dropout { rate: 0.0, stream: 1 }, [&[5, 3]]),
    ]
}
