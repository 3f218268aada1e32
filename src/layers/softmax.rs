//! `softmax`: rows that add up to 1.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{error::Result, graph::ValueId, ops::softmax::Softmax as SoftmaxOp};

/// Rows that add up to 1. The loss `cross_entropy` has its own: it takes logits.
///
/// - Formula: y = exp(x) / Σ exp(x), along the last dimension
/// - Shape: any → the same
/// - PyTorch: `torch.nn.Softmax(dim=-1)`
/// - Source: Bridle, 1990
/// - Example: `{"type": "softmax"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Softmax {}

impl Layer for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(SoftmaxOp, &[x])
    }
}
