//! `dropout`: zeroes some of its input while training.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{error::Result, graph::ValueId};

/// Zeroes elements with probability `rate` and scales the others by 1 / (1 − rate) while training;
/// does nothing otherwise. Shape: any → the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
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
