//! `upsample`, `global_avg_pool`: images larger, or gone.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{Padding, Window, pool2d::AvgPool2d, reshape::Reshape, upsample::Upsample as UpsampleOp},
    spec::Count,
};

/// Every pixel repeated down and across.
///
/// - Formula: y\[c, i, j\] = x\[c, ⌊i / factor⌋, ⌊j / factor⌋\]
/// - Shape: \[batch, channels, height, width\] → \[batch, channels, height · factor, width · factor\]
/// - PyTorch: `torch.nn.Upsample(mode="nearest")`
/// - Source: Odena, Dumoulin and Olah, Deconvolution and checkerboard artifacts, 2016
/// - Example: `{"type": "upsample", "factor": 2}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upsample {
    /// How often.
    pub factor: Count,
}

/// The mean of every channel.
///
/// - Formula: y\[c\] = Σ x\[c, i, j\] / (height · width)
/// - Shape: \[batch, channels, height, width\] → \[batch, channels\]
/// - PyTorch: `torch.nn.AdaptiveAvgPool2d(1)`, then `torch.nn.Flatten`
/// - Source: Lin, Chen and Yan, Network in network, 2014
/// - Example: `{"type": "global_avg_pool"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalAvgPool {}

fn image(b: &Builder<'_>, x: ValueId) -> Result<[usize; 4]> {
    let shape = b.graph.shape(x);
    let message = || format!("needs images [batch, channels, height, width], its input is {shape}");
    shape.0.as_slice().try_into().map_err(|_| Error::spec("", message()))
}

impl Layer for Upsample {
    fn name(&self) -> &'static str {
        "upsample"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        image(b, x)?;
        b.graph.apply1(UpsampleOp { factor: self.factor.0 }, &[x])
    }
}

impl Layer for GlobalAvgPool {
    fn name(&self) -> &'static str {
        "global_avg_pool"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let [batch, channels, height, width] = image(b, x)?;
        let size = (height, width);
        let y = b
            .graph
            .apply1(AvgPool2d { window: Window { kernel: size, stride: size, padding: Padding::Valid } }, &[x])?;
        b.graph.apply1(Reshape { shape: [batch, channels].into() }, &[y])
    }
}
