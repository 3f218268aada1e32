//! What the losses share.

use super::Scale;
use crate::{
    error::Result,
    graph::{Graph, Shape, ValueId},
    kernels::Number,
};

/// What becomes of the terms of a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The mean of all elements of all valid samples.
    #[default]
    Mean,
    /// The sum of a sample's elements, and the mean of that over the valid samples: what an evidence lower bound
    /// needs, so that reconstruction and divergence weigh as they should.
    Sum,
}

impl Reduction {
    /// How many terms of a loss over \[batch, …\] make one that counts.
    pub fn terms(self, shape: &Shape) -> usize {
        match self {
            Self::Mean => 1,
            Self::Sum => shape.count() / shape.0[0],
        }
    }
}

/// Elements from which on a workgroup of 256 is worth its dearer sum.
const WIDE: usize = 1 << 13;

/// `LANES`: invocations of the one workgroup that computes a loss over so many elements.
pub(super) fn lanes(elements: usize) -> (&'static str, Number) {
    ("LANES", if elements < WIDE { 64 } else { 256_usize }.into())
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
