//! `dense`: every output from every input.

use serde::Deserialize;

use super::{Activation, Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::linear::Linear,
    spec::{Count, Init},
};

/// y = activation(x · W + b). Shape: \[batch, …, n\] → \[batch, …, units\].
/// Parameters in files: `weight` \[units, n\], `bias` \[units\], as `torch.nn.Linear`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Number of outputs.
    pub units: Count,
    /// What follows.
    #[serde(default)]
    pub activation: Activation,
    /// How the weights start; biases start at 0.
    #[serde(default)]
    pub init: Init,
}

impl Layer for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        if shape.rank() < 2 {
            return Err(Error::spec("", format!("needs [batch, ..., n], its input is {shape}")));
        }
        if shape.rank() == 4 {
            return Err(Error::spec(
                "",
                format!("needs rows of numbers, its input is images {shape}: put a flatten layer before it"),
            ));
        }
        let (inputs, units) = (shape.last(), self.units.0);
        let weight = b.transposed_parameter("weight", [inputs, units], self.init).map_err(|e| e.at("units"))?;
        let bias = b.parameter("bias", [units], Init::Zeros, (inputs, units))?;
        let y = b.graph.apply1(Linear, &[x, weight, bias])?;
        self.activation.build(b, y)
    }
}
