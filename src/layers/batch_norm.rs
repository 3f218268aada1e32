//! `batch_norm`: channels of a known size.

use serde::Deserialize;

use super::{Builder, Layer, layer_norm::check_epsilon};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::batch_norm::{BatchNorm as BatchNormOp, BatchNormEval},
    spec::Init,
};

/// Channels of mean 0 and variance 1, then scaled: by the batch's mean and variance while training, by running ones
/// otherwise.
///
/// - Formula: y = (x − mean) / √(variance + epsilon) · weight + bias, by channels
/// - Shape: \[batch, n\] or \[batch, channels, height, width\] → the same
/// - Parameters: `weight` from 1, `bias` from 0, `running_mean` from 0, `running_var` (unbiased) from 1, \[channels\]
///   each
/// - PyTorch: `torch.nn.BatchNorm1d`, `torch.nn.BatchNorm2d`
/// - Source: Ioffe and Szegedy, Batch normalization, 2015
/// - Example: `{"type": "batch_norm"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BatchNorm {
    /// Keeps the divisor from 0.
    pub epsilon: f32,
}

impl Default for BatchNorm {
    fn default() -> Self {
        Self { epsilon: 1e-5 }
    }
}

impl Layer for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        check_epsilon(self.epsilon)?;
        let shape = b.graph.shape(x);
        let ([_, n] | [_, n, _, _]) = shape.0[..] else {
            let message = format!("needs [batch, n] or [batch, channels, height, width], its input is {shape}");
            return Err(Error::spec("", message));
        };
        let weight = b.parameter("weight", [n], Init::Ones, (n, n))?;
        let bias = b.parameter("bias", [n], Init::Zeros, (n, n))?;
        let mean = b.running("running_mean", n, Init::Zeros)?;
        let variance = b.running("running_var", n, Init::Ones)?;
        let epsilon = self.epsilon;
        if !b.training {
            return b.graph.apply1(BatchNormEval { epsilon }, &[x, weight, bias, mean, variance]);
        }
        let outputs = b.graph.apply(BatchNormOp { epsilon }, &[x, weight, bias])?;
        b.measured("running_mean", outputs[1]);
        b.measured("running_var", outputs[2]);
        Ok(outputs[0])
    }
}
