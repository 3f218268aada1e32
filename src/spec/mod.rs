//! The experiment: data, model, training. One JSON format for the page, the command line, share links
//! and tests. Parsing fails with the path of the field that is wrong and what was expected there.

mod fields;
mod init;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

pub use fields::{Count, PaddingSpec, Size};
pub use init::Init;

use crate::{
    error::{Error, Result},
    layers::{self, Layer},
    optim::{self, Optimizer},
};

/// The version of the format that this crate reads.
pub const VERSION: u32 = 1;

/// A whole experiment.
#[derive(Debug)]
pub struct Experiment {
    /// What people call it.
    pub name: String,
    /// What it trains on.
    pub data: DataSpec,
    /// The layers, first to last.
    pub model: Vec<LayerSpec>,
    /// What it minimises.
    pub loss: Loss,
    /// How.
    pub optimizer: Box<dyn Optimizer>,
    /// How long, how seeded.
    pub training: TrainingSpec,
}

/// What an experiment trains on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// The data set.
    pub dataset: DatasetName,
    /// The share of the training samples, the last ones in file order, held out for validation.
    /// 0: validation uses the data set's test samples.
    #[serde(default)]
    pub validation: f32,
}

impl DataSpec {
    /// How many of `total` training samples are trained on: the others are held out.
    pub fn trained(&self, total: usize) -> usize {
        total - (total as f64 * f64::from(self.validation)).round() as usize
    }
}

/// The data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetName {
    /// 70,000 handwritten digits, 28×28 (LeCun, Cortes, Burges).
    Mnist,
}

/// A layer with its options.
#[derive(Debug)]
pub struct LayerSpec {
    /// Its part of parameters' names: its `name`, else its index.
    pub name: String,
    /// Whether its parameters stay as they are (`"frozen": true`).
    pub frozen: bool,
    /// Its options.
    pub layer: Box<dyn Layer>,
}

/// Layers inside of a layer: `"layers": [ … ]`.
#[derive(Debug)]
pub struct Layers(pub Vec<LayerSpec>);

impl<'de> Deserialize<'de> for Layers {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let values = Vec::<Value>::deserialize(d)?;
        layers(values, "").map(Self).map_err(serde::de::Error::custom)
    }
}

/// What is minimised: the mean over the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum Loss {
    /// Softmax cross-entropy of logits and labels.
    CrossEntropy,
    /// Mean squared error; labels count as one-hot rows.
    Mse,
}

/// How long it trains, and how it is seeded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSpec {
    /// Samples of a step.
    pub batch_size: Count,
    /// Passes over the training samples.
    #[serde(default = "one")]
    pub epochs: Count,
    /// Seeds initial weights, order and dropout.
    #[serde(default)]
    pub seed: u32,
    /// What is measured besides the loss.
    #[serde(default)]
    pub metrics: Vec<Metric>,
}

fn one() -> Count {
    Count(1)
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of samples whose largest output is the label's.
    Accuracy,
}

impl Experiment {
    /// Parses and validates.
    ///
    /// # Errors
    /// [`Error::Spec`] with the path of the field.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value =
            serde_json::from_str(text).map_err(|e| Error::spec("experiment", format!("is not JSON: {e}")))?;
        let Value::Object(mut map) = value else {
            return Err(Error::spec("experiment", "must be a JSON object"));
        };
        let version: u32 = section(&mut map, "version")?;
        if version != VERSION {
            return Err(Error::spec("version", format!("is {version}; this program reads version {VERSION}")));
        }
        let name = match map.remove("name") {
            None => "Untitled".to_owned(),
            Some(value) => parse(value, "name")?,
        };
        let data: DataSpec = section(&mut map, "data")?;
        if !(0.0..1.0).contains(&data.validation) {
            return Err(Error::spec("data.validation", format!("must be in [0, 1), got {}", data.validation)));
        }
        let model: Vec<Value> = section(&mut map, "model")?;
        if model.is_empty() {
            return Err(Error::spec("model", "needs at least one layer"));
        }
        let model = layers(model, "model")?;
        let experiment = Self {
            name,
            data,
            model,
            loss: section(&mut map, "loss")?,
            optimizer: tagged(section(&mut map, "optimizer")?, "optimizer", optim::REGISTRY)?,
            training: section(&mut map, "training")?,
        };
        match map.keys().next() {
            Some(key) => {
                Err(Error::spec(key, "unknown field; expected version, name, data, model, loss, optimizer, training"))
            }
            None => Ok(experiment),
        }
    }
}

/// Parses a list of layers at a path.
fn layers(values: Vec<Value>, path: &str) -> Result<Vec<LayerSpec>> {
    let parse = |(index, value)| layer(index, value, &format!("{path}[{index}]"));
    let layers = values.into_iter().enumerate().map(parse).collect::<Result<Vec<_>>>()?;
    match (1..layers.len()).find(|&i| layers[..i].iter().any(|l| l.name == layers[i].name)) {
        Some(i) => {
            let message = format!("`{}` is taken by another layer", layers[i].name);
            Err(Error::spec(format!("{path}[{i}].name"), message))
        }
        None => Ok(layers),
    }
}

fn layer(index: usize, mut value: Value, path: &str) -> Result<LayerSpec> {
    let mut own = |field: &str| value.as_object_mut().and_then(|map| map.remove(field));
    let (name, frozen) = (own("name"), own("frozen"));
    let name = match name {
        None => index.to_string(),
        Some(name) => parse(name, &format!("{path}.name"))?,
    };
    if name.is_empty() || name.contains('.') {
        return Err(Error::spec(format!("{path}.name"), format!("`{name}` must be neither empty nor contain a dot")));
    }
    let frozen = frozen.map_or(Ok(false), |frozen| parse(frozen, &format!("{path}.frozen")))?;
    Ok(LayerSpec { name, frozen, layer: tagged(value, path, layers::REGISTRY)? })
}

/// How a registry parses one of its types: from the options without `type`, at a path.
pub type Parse<T> = fn(Value, &str) -> Result<Box<T>>;

/// Parses `{"type": …, options}` by a registry of types.
fn tagged<T: ?Sized>(mut value: Value, path: &str, registry: &[(&str, Parse<T>)]) -> Result<Box<T>> {
    let known = || registry.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let Some(map) = value.as_object_mut() else {
        return Err(Error::spec(path, "must be an object with a `type`"));
    };
    let tag = match map.remove("type") {
        Some(Value::String(tag)) => tag,
        Some(other) => return Err(Error::spec(format!("{path}.type"), format!("must be a string, got {other}"))),
        None => return Err(Error::spec(format!("{path}.type"), format!("is missing; expected one of {}", known()))),
    };
    match registry.iter().find(|(name, _)| *name == tag) {
        Some((_, parse)) => parse(value, path),
        None => Err(Error::spec(format!("{path}.type"), format!("unknown type `{tag}`; expected one of {}", known()))),
    }
}

fn section<T: DeserializeOwned>(map: &mut Map<String, Value>, key: &str) -> Result<T> {
    match map.remove(key) {
        Some(value) => parse(value, key),
        None => Err(Error::spec(key, "is missing")),
    }
}

/// Parses a value; an error carries the field's path below `path`.
///
/// # Errors
/// [`Error::Spec`].
pub fn parse<T: DeserializeOwned>(value: Value, path: &str) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|e| {
        let inner = e.path().to_string();
        let message = e.into_inner().to_string();
        // serde names a missing field in its message only; the path is what people look for.
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        match missing {
            Some(field) => Error::spec(field, "is missing").at(path),
            None if inner == "." => Error::spec(path, message),
            None => Error::spec(inner, message).at(path),
        }
    })
}
