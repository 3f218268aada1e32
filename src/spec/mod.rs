//! The experiment: data, model, training. One JSON format for the page, the command line, share links
//! and tests. Parsing fails with the path of the field that is wrong and what was expected there.

mod fields;
mod init;
mod loss;
mod network;
mod training;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

pub use fields::{Count, PaddingSpec, Size};
pub use init::Init;
pub use loss::{Loss, Target};
pub use network::{Input, LayerSpec, Layers, NetworkSpec, PhaseSpec, TermSpec};
pub use training::{BatchSize, EarlyStopping, Metric, TrainingSpec};

use crate::{
    data::{Augment, Normalize, Source, source},
    error::{Error, Result},
    layers,
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
    /// Its networks, in the order of their parameters.
    pub networks: Vec<NetworkSpec>,
    /// What is done with every batch, one after the other.
    pub phases: Vec<PhaseSpec>,
    /// The networks that a prediction goes through.
    pub predict: Vec<String>,
    /// How long, how seeded.
    pub training: TrainingSpec,
}

/// What an experiment trains on.
#[derive(Debug)]
pub struct DataSpec {
    /// The data set, with its own options.
    pub source: Box<dyn Source>,
    /// What all data sets have.
    pub common: DataOptions,
}

/// Options of every data set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataOptions {
    /// The share of the training samples, the last ones in file order, held out for validation.
    /// 0: validation uses the data set's test samples.
    #[serde(default)]
    pub validation: f32,
    /// What is to be learned of the data.
    #[serde(default)]
    pub task: Task,
    /// How training images are varied.
    #[serde(default)]
    pub augment: Option<Augment>,
    /// Mean and deviation that images are brought to 0 and 1 by, per channel.
    #[serde(default)]
    pub normalize: Option<Normalize>,
}

/// What is to be learned of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// `y` from `x`.
    #[default]
    Label,
    /// Each token of `x` from those before it.
    Next,
}

impl DataSpec {
    /// How many of `total` training samples are trained on: the others are held out.
    pub fn trained(&self, total: usize) -> usize {
        total - (total as f64 * f64::from(self.common.validation)).round() as usize
    }
}

/// The keys of [`DataOptions`]; all others are the source's.
const DATA_KEYS: [&str; 4] = ["validation", "task", "augment", "normalize"];

fn data(mut map: Map<String, Value>) -> Result<DataSpec> {
    let mut common = Map::new();
    for key in DATA_KEYS {
        if let Some(value) = map.remove(key) {
            common.insert(key.into(), value);
        }
    }
    let common: DataOptions = parse(Value::Object(common), "data")?;
    if !(0.0..1.0).contains(&common.validation) {
        return Err(Error::spec("data.validation", format!("must be in [0, 1), got {}", common.validation)));
    }
    if let Some(augment) = &common.augment {
        augment.check().map_err(|e| e.at("data.augment"))?;
    }
    let dataset: String = match map.remove("dataset") {
        Some(value) => parse(value, "data.dataset")?,
        None => return Err(Error::spec("data.dataset", "is missing")),
    };
    Ok(DataSpec { source: source(&dataset, Value::Object(map), "data")?, common })
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
        let data = data(section(&mut map, "data")?)?;
        let networks = network::networks(&mut map)?;
        let phases = network::phases(&mut map, &networks)?;
        let predict = match map.remove("predict") {
            Some(path) => parse(path, "predict")?,
            None => phases[0].terms[0].path.clone(),
        };
        network::check_path(&predict, &networks, "predict")?;
        let experiment = Self { name, data, networks, phases, predict, training: section(&mut map, "training")? };
        match map.keys().next() {
            Some(key) => Err(Error::spec(
                key,
                "unknown field; expected version, name, data, model or networks, loss and optimizer or phases, \
                 path, predict, training",
            )),
            None => Ok(experiment),
        }
    }

    /// The loss that the experiment is judged by: the first term of the first phase.
    pub fn loss(&self) -> &Loss {
        &self.phases[0].terms[0].loss
    }

    /// The network of this name; parsing has made sure that those of paths exist.
    ///
    /// # Errors
    /// There is none.
    pub fn network(&self, name: &str) -> Result<&NetworkSpec> {
        let found = self.networks.iter().find(|n| n.name == name);
        found.ok_or_else(|| Error::spec("networks", format!("there is no network `{name}`")))
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
    let (name, frozen, shared) = (own("name"), own("frozen"), own("shared"));
    let name = match name {
        None => index.to_string(),
        Some(name) => parse(name, &format!("{path}.name"))?,
    };
    if name.is_empty() || name.contains('.') {
        return Err(Error::spec(format!("{path}.name"), format!("`{name}` must be neither empty nor contain a dot")));
    }
    let frozen = frozen.map_or(Ok(false), |frozen| parse(frozen, &format!("{path}.frozen")))?;
    let shared = shared.map(|shared| parse(shared, &format!("{path}.shared"))).transpose()?;
    Ok(LayerSpec { name, frozen, shared, layer: tagged(value, path, layers::REGISTRY)? })
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
