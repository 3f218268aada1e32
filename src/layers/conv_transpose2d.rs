//! `conv_transpose2d`: larger images by a bank of filters.

use serde::Deserialize;

use super::{Activation, Builder, Layer, check_size, multi_head_attention::yes};
use crate::{
    error::{Error, Result},
    graph::{Type, ValueId},
    ops::{Padding, Window, conv_transpose2d::ConvTranspose2d as ConvTranspose2dOp},
    spec::{Count, Init, PaddingSpec, Size},
};

/// Larger images by a bank of filters: what a convolution does to gradients.
///
/// - Formula: y\[f, i · stride + k − padding, j · stride + l − padding\] = activation(Σ weight\[c, f, k, l\] · x\[c,
///   i, j\] + bias\[f\])
/// - Shape: \[batch, channels, height, width\] → \[batch, filters, height', width'\] with height' = (height − 1) ·
///   stride − 2 · padding + kernel + output_padding
/// - Parameters: `weight` \[channels, filters, kernel, kernel\], `bias` \[filters\]
/// - PyTorch: `torch.nn.ConvTranspose2d`
/// - Source: Zeiler et al., Deconvolutional networks, 2010; in generators: Radford et al., 2016
/// - Example: `{"type": "conv_transpose2d", "filters": 8, "kernel": 4, "stride": 2, "padding": 1}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose2d {
    /// Number of output channels.
    pub filters: Count,
    /// Height and width of a filter.
    pub kernel: Size,
    /// Step: how much larger the image becomes.
    #[serde(default = "unit")]
    pub stride: Size,
    /// Pixels cut off around the output; below the kernel's size.
    #[serde(default)]
    pub padding: PaddingSpec,
    /// Pixels added at the bottom and the right, below the stride.
    #[serde(default)]
    pub output_padding: PaddingSpec,
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

/// Pixels; the words that a convolution understands mean nothing here.
fn pixels(padding: PaddingSpec, field: &str) -> Result<(usize, usize)> {
    match padding.0 {
        Padding::Explicit(h, w) => Ok((h, w)),
        Padding::Valid => Ok((0, 0)),
        Padding::Same => Err(Error::spec(field, "\"same\" is not possible here, expected a number or [height, width]")),
    }
}

impl ConvTranspose2d {
    /// Size of the output.
    fn size(&self, height: usize, width: usize) -> Result<(usize, usize)> {
        let (cut, added) = (pixels(self.padding, "padding")?, pixels(self.output_padding, "output_padding")?);
        let axis = |size: usize, kernel: usize, stride: usize, cut: usize, added: usize| {
            if added >= stride {
                return Err(Error::spec("output_padding", format!("{added} must be below the stride {stride}")));
            }
            let all = (size - 1).saturating_mul(stride).saturating_add(kernel + added);
            let message = || format!("{cut} leaves nothing of the {all} pixels of the output");
            all.checked_sub(2 * cut).filter(|&n| n > 0).ok_or_else(|| Error::spec("padding", message()))
        };
        Ok((
            axis(height, self.kernel.0, self.stride.0, cut.0, added.0)?,
            axis(width, self.kernel.1, self.stride.1, cut.1, added.1)?,
        ))
    }
}

impl Layer for ConvTranspose2d {
    fn name(&self) -> &'static str {
        "conv_transpose2d"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let [batch, channels, height, width] = b.graph.shape(x).0[..] else {
            let shape = b.graph.shape(x);
            let message = format!("needs images [batch, channels, height, width], its input is {shape}");
            return Err(Error::spec("", message));
        };
        let size = self.size(height, width)?;
        let filters = self.filters.0;
        check_size("its output", &Type::f32([batch, filters, size.0, size.1]))?;
        let (h, w) = pixels(self.padding, "padding")?;
        let (kernel, stride) = ((self.kernel.0, self.kernel.1), (self.stride.0, self.stride.1));
        let window = Window { kernel, stride, padding: Padding::Explicit(h, w) };
        window.over(size.0, size.1).map_err(|message| Error::spec("kernel", message))?;
        let area = kernel.0.saturating_mul(kernel.1);
        let fans = (channels.saturating_mul(area), filters.saturating_mul(area));
        let shape = [channels, filters, kernel.0, kernel.1];
        let weight = b.parameter("weight", shape, self.init, fans).map_err(|e| e.at("filters"))?;
        let bias = match self.bias {
            true => b.parameter("bias", [filters], Init::Zeros, fans)?,
            false => b.graph.constant([filters].into(), 0.0),
        };
        let y = b.graph.apply1(ConvTranspose2dOp { window, size }, &[x, weight, bias])?;
        self.activation.build(b, y)
    }
}
