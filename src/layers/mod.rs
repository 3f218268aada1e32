//! The layers. One file each: options (serde) and `build`, which adds ops to the graph.

mod activation;
mod batch_norm;
mod conv2d;
mod conv_transpose2d;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod gaussian_latent;
mod highway;
mod layer_norm;
mod multi_head_attention;
mod pool2d;
mod positional;
mod recurrent;
mod reshape;
mod residual;
mod softmax;
mod transformer_block;
mod upsample;

use std::{collections::HashMap, fmt::Debug};

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use activation::Activation;
pub use layer_norm::{LayerNorm, RmsNorm};

use crate::{
    error::{Error, Result},
    graph::{Graph, MAX_BYTES, Parameter, Role, Shape, Type, ValueId},
    ops::dropout::Dropout as DropoutOp,
    spec::{Init, LayerSpec, Parse, parse},
};

/// The layers by their `type`. A new layer is a file and a line here.
pub const REGISTRY: &[(&str, Parse<dyn Layer>)] = &[
    ("dense", layer::<dense::Dense>),
    ("conv2d", layer::<conv2d::Conv2d>),
    ("conv_transpose2d", layer::<conv_transpose2d::ConvTranspose2d>),
    ("upsample", layer::<upsample::Upsample>),
    ("max_pool2d", layer::<pool2d::MaxPool2d>),
    ("avg_pool2d", layer::<pool2d::AvgPool2d>),
    ("global_avg_pool", layer::<upsample::GlobalAvgPool>),
    ("lstm", layer::<recurrent::Lstm>),
    ("gru", layer::<recurrent::Gru>),
    ("rnn", layer::<recurrent::Rnn>),
    ("flatten", layer::<flatten::Flatten>),
    ("reshape", layer::<reshape::Reshape>),
    ("residual", layer::<residual::Residual>),
    ("concat", layer::<residual::Concat>),
    ("highway", layer::<highway::Highway>),
    ("batch_norm", layer::<batch_norm::BatchNorm>),
    ("layer_norm", layer::<LayerNorm>),
    ("rms_norm", layer::<RmsNorm>),
    ("dropout", layer::<dropout::Dropout>),
    ("gaussian_latent", layer::<gaussian_latent::GaussianLatent>),
    ("embedding", layer::<embedding::Embedding>),
    ("positional", layer::<positional::Positional>),
    ("multi_head_attention", layer::<multi_head_attention::MultiHeadAttention>),
    ("transformer_block", layer::<transformer_block::TransformerBlock>),
    ("relu", layer::<activation::Relu>),
    ("leaky_relu", layer::<activation::LeakyRelu>),
    ("sigmoid", layer::<activation::Sigmoid>),
    ("tanh", layer::<activation::Tanh>),
    ("gelu", layer::<activation::Gelu>),
    ("silu", layer::<activation::Silu>),
    ("softplus", layer::<activation::Softplus>),
    ("softmax", layer::<softmax::Softmax>),
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

/// The token that fills up sequences, and where the sequences are.
#[derive(Clone, Copy, Debug)]
pub struct Padding {
    /// u32 \[batch, time\]
    pub tokens: ValueId,
    /// Elements of `tokens` that are this one are padding.
    pub token: u32,
}

/// What a network made, for layers of other networks that refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Its output.
    pub value: ValueId,
    /// Which of its time steps are padding.
    pub padding: Option<Padding>,
}

/// What layers build with.
pub struct Builder<'a> {
    /// The graph.
    pub graph: &'a mut Graph,
    /// Whether the graph is for training: dropout does nothing otherwise, batch_norm uses its running statistics.
    pub training: bool,
    /// Whether what is random by design is drawn (`gaussian_latent`): in training and evaluation, not in prediction.
    pub drawing: bool,
    /// Whether the graph takes one token at a time (time = 1, at position `step.cursor`) and carries what later
    /// tokens need of earlier ones: see [`Builder::carried`]. Such graphs run on the CPU, with a batch of 1.
    pub decode: bool,
    /// The most tokens of a sequence in such graphs: how long caches are.
    pub context: usize,
    /// Whether cross-attention makes outputs `alignment:<scope>` \[batch, time, keys\]: the mean of its heads'
    /// probabilities.
    pub alignments: bool,
    /// What the names of the layer's parameters begin with: `model.3`.
    pub scope: String,
    /// Whether the layer's parameters stay as they are.
    pub frozen: bool,
    /// Dropouts and other random sources so far: each has a stream of its own.
    pub dropouts: u32,
    /// Padding of the sequences that flow at the moment, set by `embedding`.
    pub padding: Option<Padding>,
    /// How many different tokens there are in what goes into the network, if it is tokens.
    pub tokens: Option<usize>,
    /// Outputs of the networks that are built already, by name.
    pub memories: HashMap<String, Memory>,
    /// Terms that layers add to the loss: name, value \[1\], weight.
    pub auxiliary: Vec<(String, ValueId, f32)>,
}

impl<'a> Builder<'a> {
    /// For an empty or started graph.
    pub fn new(graph: &'a mut Graph, training: bool) -> Self {
        Self {
            graph,
            training,
            drawing: training,
            decode: false,
            context: 1024,
            alignments: false,
            scope: String::new(),
            frozen: false,
            dropouts: 0,
            padding: None,
            tokens: None,
            memories: HashMap::new(),
            auxiliary: Vec::new(),
        }
    }
}

impl Builder<'_> {
    /// Builds layers one after the other, below the present scope: `model` → `model.0`, `model.1`, …
    /// `path` is where they are in the experiment, as `model` or `model[2].layers`; `each` hears of every layer's
    /// output.
    ///
    /// # Errors
    /// The first that fails, with its path.
    pub fn layers(
        &mut self,
        layers: &[LayerSpec],
        path: &str,
        mut x: ValueId,
        mut each: impl FnMut(&Self, usize, ValueId),
    ) -> Result<ValueId> {
        let (scope, frozen) = (self.scope.clone(), self.frozen);
        for (index, spec) in layers.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let kind = spec.layer.name();
            self.graph.layer.clone_from(&path);
            self.scope = spec.shared.clone().unwrap_or_else(|| format!("{scope}.{}", spec.name));
            if let Some(shared) = &spec.shared {
                self.built(shared).map_err(|e| e.at(&path))?;
            }
            self.frozen = frozen || spec.frozen;
            let at = |e: Error| match e.at(&path) {
                Error::Spec { path: inner, message } if inner == path => {
                    Error::spec(inner, format!("{kind}: {message}"))
                }
                other => other,
            };
            x = spec.layer.build(self, x).map_err(at)?;
            check_size("its output", self.graph.ty(x)).map_err(at)?;
            each(self, index, x);
        }
        (self.scope, self.frozen) = (scope, frozen);
        Ok(x)
    }

    /// # Errors
    /// When no layer of this full name has made parameters.
    fn built(&self, layer: &str) -> Result<()> {
        let prefix = format!("{layer}.");
        if self.graph.parameters.iter().any(|p| p.name.starts_with(&prefix)) {
            return Ok(());
        }
        let mut known: Vec<_> = self.graph.parameters.iter().filter_map(|p| p.name.rsplit_once('.')).collect();
        known.dedup_by_key(|(layer, _)| *layer);
        let known: Vec<_> = known.into_iter().map(|(layer, _)| layer).collect();
        let message =
            format!("no layer `{layer}` with parameters is built before this one; there are {}", known.join(", "));
        Err(Error::spec("shared", message))
    }

    /// Layers inside of a layer, below its scope: `model.2` → `model.2.0`, … `field` is where the layer has them.
    ///
    /// # Errors
    /// The first that fails, with its path below `field`.
    pub fn nested(&mut self, layers: &[LayerSpec], field: &str, x: ValueId) -> Result<ValueId> {
        let mark = self.graph.layer.clone();
        let y = self.layers(layers, field, x, |_, _, _| {})?;
        self.graph.layer = mark;
        Ok(y)
    }

    /// Builds `layer` below the present scope under a name of its own: `model.2` → `model.2.self_attn`.
    ///
    /// # Errors
    /// When it fails.
    pub fn part(&mut self, name: &str, layer: &dyn Layer, x: ValueId) -> Result<ValueId> {
        let scope = std::mem::take(&mut self.scope);
        self.scope = format!("{scope}.{name}");
        let y = layer.build(self, x);
        self.scope = scope;
        y
    }

    /// What another network made.
    ///
    /// # Errors
    /// When there is no such network, or it is not built yet.
    pub fn memory(&self, network: &str) -> Result<Memory> {
        self.memories.get(network).copied().ok_or_else(|| {
            let mut known: Vec<_> = self.memories.keys().map(String::as_str).collect();
            known.sort_unstable();
            let known = match &known[..] {
                [] => "there is none: a decoder's `input` is \"target\", and its encoder is listed before it".into(),
                known => format!("expected {}", known.join(", ")),
            };
            let message = format!("needs the output of a network `{network}`, built before this one; {known}");
            Error::spec("memory", message)
        })
    }

    /// In a graph that is run token by token: a value (f32, zero at the first token) that the previous run left.
    /// Give what it becomes to [`Builder::carry`].
    pub fn carried(&mut self, shape: impl Into<Shape>) -> ValueId {
        let name = format!("carried:{}", self.graph.carried.len());
        let id = self.graph.input(name, Type::f32(shape));
        self.graph.carried.push((id, id));
        id
    }

    /// The next run's [`Builder::carried`] is `next`.
    pub fn carry(&mut self, carried: ValueId, next: ValueId) {
        for pair in &mut self.graph.carried {
            if pair.0 == carried {
                pair.1 = next;
            }
        }
    }

    /// A trained tensor of this layer, under PyTorch's name. `fans`: inputs and outputs that a
    /// weight's unit connects. A layer that is built twice gets the same one twice.
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
        self.any_parameter(name, shape.into(), init, fans, false, Role::Trained)
    }

    /// As [`Builder::parameter`], for a matrix that files hold transposed.
    ///
    /// # Errors
    /// When it is too large for a GPU binding.
    pub fn transposed_parameter(&mut self, name: &str, shape: [usize; 2], init: Init) -> Result<ValueId> {
        self.any_parameter(name, shape.into(), init, (shape[0], shape[1]), true, Role::Trained)
    }

    /// A running statistic of this layer, under PyTorch's name; see [`Role::Running`]. While training, give what the
    /// step measured to [`Builder::measured`].
    ///
    /// # Errors
    /// When it is too large for a GPU binding.
    pub fn running(&mut self, name: &str, size: usize, init: Init) -> Result<ValueId> {
        self.any_parameter(name, [size].into(), init, (1, 1), false, Role::Running)
    }

    /// What this step measured of a running statistic. Of a layer that is built twice, the last counts.
    pub fn measured(&mut self, name: &str, value: ValueId) {
        let name = format!("gradient:{}.{name}", self.scope);
        self.graph.outputs.retain(|(n, _)| *n != name);
        self.graph.output(name, value);
    }

    /// The parameter of another layer, by its full name (`model.0.weight`).
    ///
    /// # Errors
    /// When no layer before this one has it.
    pub fn tied(&self, name: &str) -> Result<ValueId> {
        let found = self.graph.parameters.iter().find(|p| p.name == name);
        found.map(|p| p.value).ok_or_else(|| {
            let known: Vec<_> = self.graph.parameters.iter().map(|p| p.name.as_str()).collect();
            let message = format!("no layer before this one has `{name}`; there are {}", known.join(", "));
            Error::spec("tied", message)
        })
    }

    fn any_parameter(
        &mut self,
        name: &str,
        shape: Shape,
        init: Init,
        fans: (usize, usize),
        transposed: bool,
        role: Role,
    ) -> Result<ValueId> {
        check_size(&format!("its {name}"), &Type::f32(shape.clone()))?;
        let name = format!("{}.{name}", self.scope);
        if let Some(found) = self.graph.parameters.iter().find(|p| p.name == name) {
            if found.shape == shape {
                return Ok(found.value);
            }
            let message = format!("`{name}` has shape {} where it was built first, {shape} here", found.shape);
            return Err(Error::spec("", message));
        }
        let role = if self.frozen && role == Role::Trained { Role::Frozen } else { role };
        Ok(self.graph.parameter(Parameter { name, value: ValueId(0), shape, transposed, init, fans, role }))
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
