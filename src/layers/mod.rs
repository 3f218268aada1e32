//! The layers. One file each: options (serde) and `build`, which adds ops to the graph.

mod activation;
mod conv2d;
mod dense;
mod dropout;
mod flatten;
mod pool2d;

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use activation::Activation;

use crate::{
    error::{Error, Result},
    graph::{Graph, MAX_BYTES, Parameter, Shape, Type, ValueId},
    ops::dropout::Dropout as DropoutOp,
    spec::{Init, Parse, parse},
};

/// The layers by their `type`. A new layer is a file and a line here.
pub const REGISTRY: &[(&str, Parse<dyn Layer>)] = &[
    ("dense", layer::<dense::Dense>),
    ("conv2d", layer::<conv2d::Conv2d>),
    ("max_pool2d", layer::<pool2d::MaxPool2d>),
    ("avg_pool2d", layer::<pool2d::AvgPool2d>),
    ("flatten", layer::<flatten::Flatten>),
    ("dropout", layer::<dropout::Dropout>),
    ("relu", layer::<activation::Relu>),
    ("leaky_relu", layer::<activation::LeakyRelu>),
    ("sigmoid", layer::<activation::Sigmoid>),
    ("tanh", layer::<activation::Tanh>),
    ("gelu", layer::<activation::Gelu>),
];

fn layer<L: Layer + DeserializeOwned + 'static>(options: Value, path: &str) -> Result<Box<dyn Layer>> {
    Ok(Box::new(parse::<L>(options, path)?))
}

/// A layer: options that know how to build themselves.
pub trait Layer: Debug {
    /// Its `type` in experiments.
    fn name(&self) -> &'static str;

    /// Adds the layer to the graph: from its input to its output, samples along the first dimension.
    ///
    /// # Errors
    /// When the input's shape does not fit; the caller adds the layer's path.
    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId>;
}

/// What layers build with.
pub struct Builder<'a> {
    /// The graph.
    pub graph: &'a mut Graph,
    /// Whether the graph is for training: dropout does nothing otherwise.
    pub training: bool,
    /// What the names of the layer's parameters begin with: `model.3`.
    pub scope: String,
    /// Dropouts so far.
    pub dropouts: u32,
}

impl Builder<'_> {
    /// A trained tensor of this layer, under PyTorch's name. `fans`: inputs and outputs that a
    /// weight's unit connects.
    ///
    /// # Errors
    /// When it is too large for a GPU binding.
    pub fn parameter(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        init: Init,
        fans: (usize, usize),
    ) -> Result<ValueId> {
        self.any_parameter(name, shape.into(), init, fans, false)
    }

    /// As [`Builder::parameter`], for a matrix that files hold transposed.
    ///
    /// # Errors
    /// When it is too large for a GPU binding.
    pub fn transposed_parameter(&mut self, name: &str, shape: [usize; 2], init: Init) -> Result<ValueId> {
        self.any_parameter(name, shape.into(), init, (shape[0], shape[1]), true)
    }

    fn any_parameter(
        &mut self,
        name: &str,
        shape: Shape,
        init: Init,
        fans: (usize, usize),
        transposed: bool,
    ) -> Result<ValueId> {
        check_size(&format!("its {name}"), &Type::f32(shape.clone()))?;
        let name = format!("{}.{name}", self.scope);
        Ok(self.graph.parameter(Parameter { name, value: ValueId(0), shape, transposed, init, fans }))
    }

    /// Dropout while training, nothing otherwise.
    ///
    /// # Errors
    /// When the rate is out of range.
    pub fn dropout(&mut self, x: ValueId, rate: f32) -> Result<ValueId> {
        if !(0.0..1.0).contains(&rate) {
            return Err(Error::spec("rate", format!("must be in [0, 1), got {rate}")));
        }
        let stream = self.dropouts;
        self.dropouts += 1;
        if !self.training || rate == 0.0 {
            return Ok(x);
        }
        self.graph.apply1(DropoutOp { rate, stream }, &[x])
    }
}

/// Refuses what does not fit one GPU binding, before memory is asked for.
pub(crate) fn check_size(what: &str, ty: &Type) -> Result<()> {
    if ty.bytes() <= MAX_BYTES {
        return Ok(());
    }
    let mib = ty.bytes() as f64 / f64::from(1 << 20);
    let message = format!(
        "{what} {} would take {mib:.0} MiB; a tensor may take at most {} MiB, what WebGPU binds by default",
        ty.shape,
        MAX_BYTES >> 20
    );
    Err(Error::spec("", message))
}
