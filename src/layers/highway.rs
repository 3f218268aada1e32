//! `highway`: a dense layer beside a connection that skips it, and a gate that weighs the two.

use serde::Deserialize;

use super::{Activation, Builder, Layer, dense::Dense};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{Scale, add::Add, mul::Mul, sigmoid::Sigmoid},
    spec::Init,
};

/// A dense layer, and a gate that says of every number how much of it is taken, how much of the input stays.
///
/// - Formula: y = t ⊙ activation(x · W + b) + (1 − t) ⊙ x, t = σ(x · W_gate + b_gate)
/// - Shape: \[batch, …, n\] → the same
/// - Parameters: `transform.weight`, `gate.weight` \[n, n\], `transform.bias`, `gate.bias` \[n\]
/// - PyTorch: `t * activation(transform(x)) + (1 - t) * x` with two `torch.nn.Linear`
/// - Source: Srivastava, Greff and Schmidhuber, Highway networks, 2015; there, biases of gates start below 0
/// - Example: `{"type": "highway", "activation": "tanh"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Highway {
    /// What follows the dense layer.
    #[serde(default = "relu")]
    pub activation: Activation,
    /// How the weights start; biases start at 0.
    #[serde(default)]
    pub init: Init,
}

fn relu() -> Activation {
    Activation::Relu
}

impl Layer for Highway {
    fn name(&self) -> &'static str {
        "highway"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        if shape.rank() < 2 || shape.rank() == 4 {
            return Err(Error::spec("", format!("needs rows of numbers [batch, ..., n], its input is {shape}")));
        }
        let dense = Dense::plain(shape.last(), self.init, true);
        let h = b.part("transform", &dense, x)?;
        let h = self.activation.build(b, h)?;
        let t = b.part("gate", &dense, x)?;
        let g = &mut *b.graph;
        let t = g.apply1(Sigmoid, &[t])?;
        // t ⊙ h + (1 − t) ⊙ x = x + t ⊙ (h − x)
        let minus = g.apply1(Scale { factor: -1.0 }, &[x])?;
        let difference = g.apply1(Add, &[h, minus])?;
        let moved = g.apply1(Mul, &[t, difference])?;
        g.apply1(Add, &[x, moved])
    }
}
