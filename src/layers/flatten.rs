//! `flatten`: images to rows.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{error::Result, graph::ValueId, ops::reshape::Reshape};

/// Images, or whatever, to rows. Costs nothing.
///
/// - Formula: y = x, in the same order
/// - Shape: \[batch, a, b, …\] → \[batch, a · b · …\]
/// - PyTorch: `torch.nn.Flatten`
/// - Source: none, it computes nothing
/// - Example: `{"type": "flatten"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

impl Layer for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        let batch = shape.0.first().copied().unwrap_or(1);
        let shape = [batch, shape.count() / batch].into();
        b.graph.apply1(Reshape { shape }, &[x])
    }
}
