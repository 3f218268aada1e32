//! `positional`: tells the steps of a sequence apart.

use serde::Deserialize;

use super::{Builder, Layer};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{
        add_rows::{AddRows, AddRowsStep},
        sinusoidal::Sinusoidal,
    },
    spec::{Count, Init},
};

/// Tells the steps of a sequence apart. In a graph that is run token by token, t is the step's position.
///
/// - Formula: y\[t\] = x\[t\] + p\[t\]; sinusoidal: p\[t, 2i\] = sin(t / 10000^(2i / d)), p\[t, 2i + 1\] = cos(t /
///   10000^(2i / d))
/// - Shape: \[batch, time, d\] → the same
/// - Parameters: learned: `weight` \[length, d\]
/// - PyTorch: `x + table.weight[:time]` with a `torch.nn.Embedding`
/// - Source: Vaswani et al., Attention is all you need, 2017; learned: Radford et al. (GPT-2), 2019
/// - Example: `{"type": "positional", "kind": "learned", "length": 64}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positional {
    /// Where p comes from.
    pub kind: Kind,
    /// The most steps of a sequence.
    pub length: Count,
    /// How a learned table starts.
    #[serde(default = "small_normal")]
    pub init: Init,
}

/// Where positions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A trained table.
    Learned,
    /// Sines and cosines of several wavelengths.
    Sinusoidal,
}

pub(super) fn small_normal() -> Init {
    Init::SmallNormal
}

impl Layer for Positional {
    fn name(&self) -> &'static str {
        "positional"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        let [_, time, d] = shape.0[..] else {
            return Err(Error::spec("", format!("needs sequences [batch, time, d], its input is {shape}")));
        };
        let length = self.length.0;
        if time > length {
            let message = format!("sequence of {time} is longer than the {length} positions");
            return Err(Error::spec("length", message));
        }
        if self.kind == Kind::Sinusoidal {
            return b.graph.apply1(Sinusoidal { decode: b.decode }, &[x]);
        }
        let table = b.parameter("weight", [length, d], self.init, (length, d))?;
        if b.decode { b.graph.apply1(AddRowsStep, &[x, table]) } else { b.graph.apply1(AddRows, &[x, table]) }
    }
}
