//! `max_pool2d`, `avg_pool2d`: smaller images by the maximum or the mean under a window.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{Window, pool2d},
    spec::{PaddingSpec, Size},
};

/// The options of both.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Height and width of the window.
    size: Size,
    /// Step; the window's size if absent.
    stride: Option<Size>,
    /// Around the image: never the maximum, zeros in the mean.
    #[serde(default)]
    padding: PaddingSpec,
}

/// The maximum under a window.
///
/// - Formula: y\[c, i, j\] = max x\[c, i · stride + k − padding, j · stride + l − padding\] over k, l < size
/// - Shape: \[batch, channels, height, width\] → \[batch, channels, height', width'\] with height' = ⌊(height +
///   padding − size) / stride⌋ + 1, padding on both sides together
/// - PyTorch: `torch.nn.MaxPool2d`
/// - Source: Ranzato et al., Unsupervised learning of invariant feature hierarchies, 2007
/// - Example: `{"type": "max_pool2d", "size": 2}`
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct MaxPool2d(Options);

/// The mean under a window; padding counts as zeros.
///
/// - Formula: y\[c, i, j\] = Σ x\[c, i · stride + k − padding, j · stride + l − padding\] / size² over k, l < size
/// - Shape: \[batch, channels, height, width\] → \[batch, channels, height', width'\] with height' = ⌊(height +
///   padding − size) / stride⌋ + 1, padding on both sides together
/// - PyTorch: `torch.nn.AvgPool2d`
/// - Source: LeCun et al., Handwritten digit recognition with a back-propagation network, 1990
/// - Example: `{"type": "avg_pool2d", "size": 2}`
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct AvgPool2d(Options);

impl Options {
    fn window(&self, b: &Builder<'_>, x: ValueId) -> Result<Window> {
        let shape = b.graph.shape(x);
        let [_, _, height, width] = shape.0[..] else {
            return Err(Error::spec(
                "",
                format!("needs images [batch, channels, height, width], its input is {shape}"),
            ));
        };
        let stride = self.stride.unwrap_or(self.size);
        let window =
            Window { kernel: (self.size.0, self.size.1), stride: (stride.0, stride.1), padding: self.padding.0 };
        window
            .over(height, width)
            .map_err(|message| Error::spec("size", format!("{message}; its input is {shape}")))?;
        Ok(window)
    }
}

impl Layer for MaxPool2d {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let window = self.0.window(b, x)?;
        b.graph.apply1(pool2d::MaxPool2d { window }, &[x])
    }
}

impl Layer for AvgPool2d {
    fn name(&self) -> &'static str {
        "avg_pool2d"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let window = self.0.window(b, x)?;
        b.graph.apply1(pool2d::AvgPool2d { window }, &[x])
    }
}
