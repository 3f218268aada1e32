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

/// y\[b, t\] = x\[b, t\] + p\[t\]. Shape: \[batch, time, d\] → the same. With `learned`, p is the parameter `weight`
/// \[length, d\], as in GPT-2; with `sinusoidal`, it is computed as by Vaswani et al. (2017).
/// In a graph that is run token by token, t is the step's position.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positional {
    /// What is added.
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
