//! `dense`: every output from every input.

use serde::Deserialize;

use super::{Activation, Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::{Shape, ValueId},
    ops::{Matmul, add_rows::AddRows, linear::Linear},
    spec::{Count, Init},
};

/// Every output from every input.
///
/// - Formula: y = activation(x · W + b)
/// - Shape: \[batch, …, n\] → \[batch, …, units\]
/// - Parameters: `weight` \[units, n\], `bias` \[units\]
/// - PyTorch: `torch.nn.Linear`
/// - Source: Rosenblatt, The perceptron, 1958; tied weights: Press and Wolf, 2017
/// - Example: `{"type": "dense", "units": 10, "activation": "relu"}`
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
    /// Whether b is added; by default yes, unless the weight is tied.
    #[serde(default)]
    pub bias: Option<bool>,
    /// The full name of a parameter of an earlier layer that serves as weight, such as an embedding's table
    /// `model.0.weight` \[units, n\].
    #[serde(default)]
    pub tied: Option<String>,
}

impl Dense {
    /// Without activation, bias as asked for.
    pub fn plain(units: usize, init: Init, bias: bool) -> Self {
        Self { units: Count(units), activation: Activation::None, init, bias: Some(bias), tied: None }
    }

    /// The tied parameter, checked: \[units, n\], as embeddings are.
    fn table(&self, b: &Builder<'_>, name: &str, inputs: usize) -> Result<ValueId> {
        let table = b.tied(name)?;
        let expected = Shape::from([self.units.0, inputs]);
        if *b.graph.shape(table) == expected {
            return Ok(table);
        }
        let message = format!("`{name}` has shape {}, a table {expected} is needed", b.graph.shape(table));
        Err(Error::spec("tied", message))
    }
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
        let weight = match &self.tied {
            Some(name) => self.table(b, name, inputs)?,
            None => b.transposed_parameter("weight", [inputs, units], self.init).map_err(|e| e.at("units"))?,
        };
        let bias = if self.bias.unwrap_or(self.tied.is_none()) {
            Some(b.parameter("bias", [units], Init::Zeros, (inputs, units))?)
        } else {
            None
        };
        let y = match bias {
            Some(bias) if self.tied.is_none() => b.graph.apply1(Linear, &[x, weight, bias])?,
            _ => {
                let matmul = Matmul { transpose_a: false, transpose_b: self.tied.is_some() };
                let y = b.graph.apply1(matmul, &[x, weight])?;
                bias.map_or(Ok(y), |bias| b.graph.apply1(AddRows, &[y, bias]))?
            }
        };
        self.activation.build(b, y)
    }
}
