//! `upsample`, `global_avg_pool`: images larger, or gone.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{Padding, Window, pool2d::AvgPool2d, reshape::Reshape, upsample::Upsample as UpsampleOp},
    spec::Count,
};

/// Every pixel repeated `factor` times down and across, as `torch.nn.Upsample` with mode `nearest`. Shape:
/// \[batch, channels, height, width\] → \[batch, channels, height · factor, width · factor\].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upsample {
    /// How often.
    pub factor: Count,
}

/// The mean of every channel (Lin, Chen and Yan, 2014), as `torch.nn.AdaptiveAvgPool2d(1)` and `Flatten`. Shape:
/// \[batch, channels, height, width\] → \[batch, channels\].
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
