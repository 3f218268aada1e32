//! `residual`, `concat`: layers beside a connection that skips them.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{add::Add, concat::concat},
    spec::Layers,
};

/// Layers beside a connection that skips them.
///
/// - Formula: y = g(x) + f(x); g(x) = x without `shortcut`
/// - Shape: any → that of f(x), which must be that of g(x)
/// - Parameters: those of the layers, as `0.weight`, and of the shortcut, as `shortcut.0.weight`
/// - PyTorch: `x + f(x)`
/// - Source: He et al., Deep residual learning for image recognition, 2016
/// - Example: `{"type": "residual", "layers": [{"type": "conv2d", "filters": 16, "kernel": 3, "padding": "same"}]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// f: layers one after the other.
    pub layers: Layers,
    /// g, where shapes differ: usually a 1 × 1 convolution.
    pub shortcut: Option<Layers>,
}

/// What layers make, after their input: along channels for images, along the last dimension for all else.
///
/// - Formula: y = \[x, f(x)\]
/// - Shape: \[batch, n, …\] → \[batch, n + m, …\] where f gives \[batch, m, …\]
/// - Parameters: those of the layers, as `0.weight`
/// - PyTorch: `torch.cat([x, f(x)], 1)`
/// - Source: Huang et al., Densely connected convolutional networks, 2017
/// - Example: `{"type": "concat", "layers": [{"type": "conv2d", "filters": 8, "kernel": 3, "padding": "same"}]}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concat {
    /// f: layers one after the other.
    pub layers: Layers,
}

fn branch(b: &mut Builder<'_>, layers: &Layers, field: &str, x: ValueId) -> Result<ValueId> {
    if layers.0.is_empty() {
        return Err(Error::spec(field, "needs at least one layer"));
    }
    b.nested(&layers.0, field, x)
}

impl Layer for Residual {
    fn name(&self) -> &'static str {
        "residual"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let mut skip = x;
        if let Some(shortcut) = &self.shortcut {
            let scope = b.scope.clone();
            b.scope.push_str(".shortcut");
            skip = branch(b, shortcut, "shortcut", x)?;
            b.scope = scope;
        }
        let y = branch(b, &self.layers, "layers", x)?;
        let (short, long) = (b.graph.shape(skip), b.graph.shape(y));
        if short != long {
            let message = match self.shortcut {
                None => format!("give {long}, the input to add is {short}: a shortcut with a projection helps"),
                Some(_) => format!("give {long}, the shortcut gives {short}: they must be equal"),
            };
            return Err(Error::spec("layers", message));
        }
        b.graph.apply1(Add, &[y, skip])
    }
}

impl Layer for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let y = branch(b, &self.layers, "layers", x)?;
        let (skip, long) = (b.graph.shape(x), b.graph.shape(y));
        let axis = if skip.rank() == 4 { 1 } else { skip.rank() - 1 };
        let others_differ = (0..skip.rank()).any(|i| i != axis && skip.0.get(i) != long.0.get(i));
        if skip.rank() != long.rank() || others_differ {
            let message = format!("give {long}, the input is {skip}: they may differ in dimension {axis} alone");
            return Err(Error::spec("layers", message));
        }
        concat(b.graph, &[x, y], axis)
    }
}
