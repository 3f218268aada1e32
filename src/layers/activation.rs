//! The activations, as layers of their own and as the `activation` of others.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{gelu, leaky_relu, relu, sigmoid, silu, softplus, tanh},
};

/// What follows a layer: `"relu"`, …
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// max(x, 0)
    Relu,
    /// x for x > 0, else 0.01 · x
    LeakyRelu,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// x · Φ(x)
    Gelu,
    /// x / (1 + e⁻ˣ)
    Silu,
    /// ln(1 + eˣ)
    Softplus,
}

impl Activation {
    /// Adds it to the graph.
    ///
    /// # Errors
    /// None for shapes: activations take any.
    pub fn build(self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        match self {
            Self::None => Ok(x),
            Self::Relu => Relu {}.build(b, x),
            Self::LeakyRelu => LeakyRelu { slope: slope() }.build(b, x),
            Self::Sigmoid => Sigmoid {}.build(b, x),
            Self::Tanh => Tanh {}.build(b, x),
            Self::Gelu => Gelu { approximate: Approximate::None }.build(b, x),
            Self::Silu => Silu {}.build(b, x),
            Self::Softplus => Softplus {}.build(b, x),
        }
    }
}

/// Rectified linear unit.
///
/// - Formula: y = max(x, 0)
/// - Shape: any → the same
/// - PyTorch: `torch.nn.ReLU`
/// - Source: Nair and Hinton, 2010
/// - Example: `{"type": "relu"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relu {}

/// Rectified linear unit that lets some through below 0.
///
/// - Formula: y = x for x > 0, else slope · x
/// - Shape: any → the same
/// - PyTorch: `torch.nn.LeakyReLU`
/// - Source: Maas, Hannun and Ng, 2013
/// - Example: `{"type": "leaky_relu", "slope": 0.2}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakyRelu {
    /// What is left of x below 0: 0 to 1.
    #[serde(default = "slope")]
    slope: f32,
}

fn slope() -> f32 {
    0.01
}

/// Logistic function: to 0..1.
///
/// - Formula: y = 1 / (1 + e⁻ˣ)
/// - Shape: any → the same
/// - PyTorch: `torch.nn.Sigmoid`
/// - Source: Rumelhart, Hinton and Williams, 1986
/// - Example: `{"type": "sigmoid"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sigmoid {}

/// Hyperbolic tangent: to −1..1.
///
/// - Formula: y = tanh(x)
/// - Shape: any → the same
/// - PyTorch: `torch.nn.Tanh`
/// - Source: LeCun et al., Efficient backprop, 1998
/// - Example: `{"type": "tanh"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tanh {}

/// Gaussian error linear unit.
///
/// - Formula: y = x · Φ(x), Φ being the normal distribution's function; `tanh`: y = x / 2 · (1 + tanh(√(2 / π) (x +
///   0.044715 x³)))
/// - Shape: any → the same
/// - PyTorch: `torch.nn.GELU`
/// - Source: Hendrycks and Gimpel, 2016
/// - Example: `{"type": "gelu"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gelu {
    /// Whether Φ is computed or approximated.
    #[serde(default)]
    approximate: Approximate,
}

/// Sigmoid linear unit, also called swish.
///
/// - Formula: y = x / (1 + e⁻ˣ)
/// - Shape: any → the same
/// - PyTorch: `torch.nn.SiLU`
/// - Source: Elfwing, Uchibe and Doya, 2018
/// - Example: `{"type": "silu"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silu {}

/// A smooth rectified linear unit.
///
/// - Formula: y = ln(1 + eˣ)
/// - Shape: any → the same
/// - PyTorch: `torch.nn.Softplus`
/// - Source: Dugas et al., 2001
/// - Example: `{"type": "softplus"}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Softplus {}

/// PyTorch's `approximate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Approximate {
    /// Computed.
    #[default]
    None,
    /// Approximated by a hyperbolic tangent, as GPT-2.
    Tanh,
}

impl Layer for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(relu::Relu, &[x])
    }
}

impl Layer for LeakyRelu {
    fn name(&self) -> &'static str {
        "leaky_relu"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        if !(0.0..=1.0).contains(&self.slope) {
            return Err(Error::spec("slope", format!("must be in [0, 1], got {}", self.slope)));
        }
        b.graph.apply1(leaky_relu::LeakyRelu { slope: self.slope }, &[x])
    }
}

impl Layer for Sigmoid {
    fn name(&self) -> &'static str {
        "sigmoid"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(sigmoid::Sigmoid, &[x])
    }
}

impl Layer for Tanh {
    fn name(&self) -> &'static str {
        "tanh"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(tanh::Tanh, &[x])
    }
}

impl Layer for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(gelu::Gelu { tanh: self.approximate == Approximate::Tanh }, &[x])
    }
}

impl Layer for Silu {
    fn name(&self) -> &'static str {
        "silu"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(silu::Silu, &[x])
    }
}

impl Layer for Softplus {
    fn name(&self) -> &'static str {
        "softplus"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        b.graph.apply1(softplus::Softplus, &[x])
    }
}
