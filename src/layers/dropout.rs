//! `dropout`: zeroes some of its input while training.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{error::Result, graph::ValueId};

/// Zeroes elements at random while training; does nothing otherwise.
///
/// - Formula: y = x / (1 − rate) with probability 1 − rate, else 0
/// - Shape: any → the same
/// - PyTorch: `torch.nn.Dropout`
/// - Source: Srivastava et al., Dropout, 2014
/// - Example: `{"type": "dropout", "rate": 0.25}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// Probability of a zero, below 1.
    rate: f32,
}

impl Layer for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.dropout(x, self.rate)
    }
}
