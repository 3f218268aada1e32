//! `layer_norm`, `rms_norm`: rows of a known size.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{layer_norm, rms_norm},
    spec::Init,
};

/// Rows of mean 0 and variance 1, then scaled.
///
/// - Formula: y = (x − mean) / √(variance + epsilon) · weight + bias, along the last dimension
/// - Shape: \[batch, …, n\] → the same
/// - Parameters: `weight` \[n\] from 1, `bias` \[n\] from 0
/// - PyTorch: `torch.nn.LayerNorm`
/// - Source: Ba, Kiros and Hinton, Layer normalization, 2016
/// - Example: `{"type": "layer_norm"}`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayerNorm {
    /// Keeps the divisor from 0.
    pub epsilon: f32,
    /// Whether there is a bias.
    pub bias: bool,
}

/// Rows of root mean square 1, then scaled.
///
/// - Formula: y = x / √(mean of x² + epsilon) · weight, along the last dimension
/// - Shape: \[batch, …, n\] → the same
/// - Parameters: `weight` \[n\] from 1
/// - PyTorch: `torch.nn.RMSNorm`
/// - Source: Zhang and Sennrich, Root mean square layer normalization, 2019
/// - Example: `{"type": "rms_norm"}`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RmsNorm {
    /// Keeps the divisor from 0.
    pub epsilon: f32,
}

impl Default for LayerNorm {
    fn default() -> Self {
        Self { epsilon: 1e-5, bias: true }
    }
}

impl Default for RmsNorm {
    fn default() -> Self {
        Self { epsilon: 1e-5 }
    }
}

/// # Errors
/// Unless it is above 0.
pub(super) fn check_epsilon(epsilon: f32) -> Result<()> {
    if epsilon > 0.0 && epsilon.is_finite() {
        return Ok(());
    }
    Err(Error::spec("epsilon", format!("must be above 0, got {epsilon}")))
}

/// The size of a row.
fn columns(b: &Builder<'_>, x: ValueId, epsilon: f32) -> Result<usize> {
    check_epsilon(epsilon)?;
    let shape = b.graph.shape(x);
    match shape.rank() {
        0 | 1 => Err(Error::spec("", format!("needs [batch, ..., n], its input is {shape}"))),
        4 => {
            Err(Error::spec("", format!("needs rows of numbers, its input is images {shape}: images take batch_norm")))
        }
        _ => Ok(shape.last()),
    }
}

impl Layer for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let n = columns(b, x, self.epsilon)?;
        let weight = b.parameter("weight", [n], Init::Ones, (n, n))?;
        let bias =
            if self.bias { b.parameter("bias", [n], Init::Zeros, (n, n))? } else { b.graph.constant([n].into(), 0.0) };
        b.graph.apply1(layer_norm::LayerNorm { epsilon: self.epsilon }, &[x, weight, bias])
    }
}

impl Layer for RmsNorm {
    fn name(&self) -> &'static str {
        "rms_norm"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let n = columns(b, x, self.epsilon)?;
        let weight = b.parameter("weight", [n], Init::Ones, (n, n))?;
        b.graph.apply1(rms_norm::RmsNorm { epsilon: self.epsilon }, &[x, weight])
    }
}
