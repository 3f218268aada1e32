//! `conv2d`: a bank of filters over images.

use serde::Deserialize;

use super::{Activation, Builder, Layer, multi_head_attention::yes};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{Window, conv2d::Conv2d as Conv2dOp},
    spec::{Count, Init, PaddingSpec, Size},
};

/// A bank of filters that slides over images.
///
/// - Formula: y\[f, i, j\] = activation(Σ weight\[f, c, k, l\] · x\[c, i · stride + k − padding, j · stride + l −
///   padding\] + bias\[f\])
/// - Shape: \[batch, channels, height, width\] → \[batch, filters, height', width'\] with height' = ⌊(height +
///   padding − kernel) / stride⌋ + 1, padding on both sides together
/// - Parameters: `weight` \[filters, channels, kernel, kernel\], `bias` \[filters\]
/// - PyTorch: `torch.nn.Conv2d`
/// - Source: LeCun et al., Gradient-based learning applied to document recognition, 1998
/// - Example: `{"type": "conv2d", "filters": 16, "kernel": 3, "padding": "same", "activation": "relu"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// Number of output channels.
    pub filters: Count,
    /// Height and width of a filter.
    pub kernel: Size,
    /// Step.
    #[serde(default = "unit")]
    pub stride: Size,
    /// Zeros around the image.
    #[serde(default)]
    pub padding: PaddingSpec,
    /// What follows.
    #[serde(default)]
    pub activation: Activation,
    /// Whether there is a bias; before `batch_norm`, which takes means out, it would do nothing.
    #[serde(default = "yes")]
    pub bias: bool,
    /// How the weights start; biases start at 0.
    #[serde(default)]
    pub init: Init,
}

fn unit() -> Size {
    Size(1, 1)
}

impl Layer for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let [_, channels, height, width] = b.graph.shape(x).0[..] else {
            let shape = b.graph.shape(x);
            return Err(Error::spec(
                "",
                format!("needs images [batch, channels, height, width], its input is {shape}"),
            ));
        };
        let (kernel, stride) = ((self.kernel.0, self.kernel.1), (self.stride.0, self.stride.1));
        let window = Window { kernel, stride, padding: self.padding.0 };
        // Before the parameters are made: a kernel of 10⁵ pixels is a kernel too large, not a tensor too large.
        window
            .over(height, width)
            .map_err(|message| Error::spec("kernel", format!("{message}; its input is {}", b.graph.shape(x))))?;
        let (filters, area) = (self.filters.0, kernel.0.saturating_mul(kernel.1));
        let fans = (channels.saturating_mul(area), filters.saturating_mul(area));
        let shape = [filters, channels, kernel.0, kernel.1];
        let weight = b.parameter("weight", shape, self.init, fans).map_err(|e| e.at("filters"))?;
        let bias = match self.bias {
            true => b.parameter("bias", [filters], Init::Zeros, fans)?,
            false => b.graph.constant([filters].into(), 0.0),
        };
        let y = b.graph.apply1(Conv2dOp { window }, &[x, weight, bias])?;
        self.activation.build(b, y)
    }
}
