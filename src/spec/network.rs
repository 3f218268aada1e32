//! Networks, and the phases that train them.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Loss, layers, parse, section, tagged};
use crate::{
    error::{Error, Result},
    layers::Layer,
    optim::{self, Optimizer},
};

/// A layer with its options.
#[derive(Debug)]
pub struct LayerSpec {
    /// Its part of parameters' names: its `name`, else its index.
    pub name: String,
    /// Whether its parameters stay as they are (`"frozen": true`).
    pub frozen: bool,
    /// The layer, of any network, whose parameters it uses as its own (`"shared": "encoder.0"`).
    pub shared: Option<String>,
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

/// A network: layers one after the other.
#[derive(Debug)]
pub struct NetworkSpec {
    /// What the names of its parameters begin with; `model` where there is only one.
    pub name: String,
    /// What goes into it.
    pub input: Input,
    /// First to last.
    pub layers: Vec<LayerSpec>,
    /// Where its layers are in the experiment: `model` or `networks.<name>`.
    pub path: String,
}

/// What goes into a network that nothing comes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The data's `x`.
    #[default]
    X,
    /// The target sequence up to each token that is to be predicted: of a decoder.
    Target,
    /// So many standard normal numbers a sample.
    Noise(usize),
}

/// What is done with a batch: a loss, the networks that it updates, and how.
#[derive(Debug)]
pub struct PhaseSpec {
    /// What people call it; empty where there is only one.
    pub name: String,
    /// What is minimised, the sum of these.
    pub terms: Vec<TermSpec>,
    /// The networks whose parameters it updates.
    pub updates: Vec<String>,
    /// How.
    pub optimizer: Box<dyn Optimizer>,
    /// The epochs in which it runs: from this one …
    pub from: usize,
    /// … to before this one.
    pub until: usize,
}

/// A term of a loss.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermSpec {
    /// What its curve is called.
    #[serde(default)]
    pub name: Option<String>,
    /// The networks that the batch goes through, first to last.
    pub path: Vec<String>,
    /// What is made of the last one's output.
    pub loss: Loss,
    /// Its weight in the sum.
    #[serde(default = "one")]
    pub weight: f32,
}

fn one() -> f32 {
    1.0
}

/// `model`, or `networks`.
pub(super) fn networks(map: &mut Map<String, Value>) -> Result<Vec<NetworkSpec>> {
    let several: Option<Map<String, Value>> =
        map.remove("networks").map(|value| parse(value, "networks")).transpose()?;
    let Some(several) = several else {
        return Ok(vec![network("model".into(), section::<Value>(map, "model")?, "model".into())?]);
    };
    if map.contains_key("model") {
        return Err(Error::spec("model", "is given besides `networks`; expected one of them"));
    }
    if several.is_empty() {
        return Err(Error::spec("networks", "needs at least one network"));
    }
    several
        .into_iter()
        .map(|(name, value)| {
            let path = format!("networks.{name}");
            if name.is_empty() || name.contains('.') {
                return Err(Error::spec(path, "a network's name must be neither empty nor contain a dot"));
            }
            network(name, value, path)
        })
        .collect()
}

fn network(name: String, value: Value, path: String) -> Result<NetworkSpec> {
    let (input, list, path) = match value {
        Value::Object(mut map) => {
            let input = map.remove("input").map(|input| parse(input, &format!("{path}.input"))).transpose()?;
            let list = map.remove("layers").ok_or_else(|| Error::spec(format!("{path}.layers"), "is missing"))?;
            if let Some(key) = map.keys().next() {
                return Err(Error::spec(format!("{path}.{key}"), "unknown field; expected input, layers"));
            }
            (input.unwrap_or_default(), list, format!("{path}.layers"))
        }
        list => (Input::X, list, path),
    };
    let list: Vec<Value> = parse(list, &path)?;
    if list.is_empty() {
        return Err(Error::spec(path, "needs at least one layer"));
    }
    Ok(NetworkSpec { name, input, layers: layers(list, &path)?, path })
}

/// `loss` and `optimizer`, or `phases`.
pub(super) fn phases(map: &mut Map<String, Value>, networks: &[NetworkSpec]) -> Result<Vec<PhaseSpec>> {
    let Some(list) = map.remove("phases") else {
        let loss: Loss = section(map, "loss")?;
        let path = match map.remove("path") {
            Some(path) => parse(path, "path")?,
            None => default_path(networks),
        };
        check_path(&path, networks, "path")?;
        check_loss(&loss, networks, "loss")?;
        let optimizer = tagged(section(map, "optimizer")?, "optimizer", optim::REGISTRY)?;
        let updates = networks.iter().map(|n| n.name.clone()).collect();
        let terms = vec![TermSpec { name: None, path, loss, weight: 1.0 }];
        return Ok(vec![PhaseSpec { name: String::new(), terms, updates, optimizer, from: 0, until: usize::MAX }]);
    };
    if let Some(key) = ["loss", "optimizer", "path"].into_iter().find(|key| map.contains_key(*key)) {
        return Err(Error::spec(key, "is given besides `phases`; each phase has its own"));
    }
    let list: Vec<Map<String, Value>> = parse(list, "phases")?;
    if list.is_empty() {
        return Err(Error::spec("phases", "needs at least one phase"));
    }
    list.into_iter().enumerate().map(|(i, map)| phase(map, networks, i)).collect()
}

/// All networks that take no part in another's layers: one after the other, but not past one that takes data.
fn default_path(networks: &[NetworkSpec]) -> Vec<String> {
    let start = networks.iter().rposition(|n| n.input == Input::Target).unwrap_or(0);
    networks[start..].iter().map(|n| n.name.clone()).collect()
}

fn phase(mut map: Map<String, Value>, networks: &[NetworkSpec], index: usize) -> Result<PhaseSpec> {
    let at = format!("phases[{index}]");
    let mut field = |key: &str| map.remove(key);
    let name = field("name").map(|v| parse(v, &format!("{at}.name"))).transpose()?;
    let terms = match (field("terms"), field("loss"), field("path")) {
        (Some(terms), None, None) => parse::<Vec<TermSpec>>(terms, &format!("{at}.terms"))?,
        (None, Some(loss), path) => {
            let path = path.map(|path| parse(path, &format!("{at}.path"))).transpose()?;
            let loss = parse(loss, &format!("{at}.loss"))?;
            vec![TermSpec { name: None, path: path.unwrap_or_else(|| default_path(networks)), loss, weight: 1.0 }]
        }
        _ => return Err(Error::spec(at, "needs either `terms` or a `loss` (and its `path` of networks)")),
    };
    let missing = |key: &str| Error::spec(format!("{at}.{key}"), "is missing");
    let updates: Vec<String> = parse(field("updates").ok_or_else(|| missing("updates"))?, &format!("{at}.updates"))?;
    let optimizer = field("optimizer").ok_or_else(|| missing("optimizer"))?;
    let optimizer = tagged(optimizer, &format!("{at}.optimizer"), optim::REGISTRY)?;
    let from: Option<usize> = field("from").map(|v| parse(v, &format!("{at}.from"))).transpose()?;
    let until: Option<usize> = field("until").map(|v| parse(v, &format!("{at}.until"))).transpose()?;
    if let Some(key) = map.keys().next() {
        let expected = "name, terms, loss, path, updates, optimizer, from, until";
        return Err(Error::spec(format!("{at}.{key}"), format!("unknown field; expected {expected}")));
    }
    if terms.is_empty() {
        return Err(Error::spec(format!("{at}.terms"), "needs at least one term"));
    }
    for (i, term) in terms.iter().enumerate() {
        check_path(&term.path, networks, &format!("{at}.terms[{i}].path"))?;
        check_loss(&term.loss, networks, &format!("{at}.terms[{i}].loss"))?;
    }
    check_names(&updates, networks, &format!("{at}.updates"))?;
    let (from, until) = (from.unwrap_or(0), until.unwrap_or(usize::MAX));
    if from >= until {
        return Err(Error::spec(format!("{at}.until"), format!("must be above `from`, {from}; got {until}")));
    }
    Ok(PhaseSpec { name: name.unwrap_or_else(|| (index + 1).to_string()), terms, updates, optimizer, from, until })
}

fn check_names(names: &[String], networks: &[NetworkSpec], at: &str) -> Result<()> {
    if names.is_empty() {
        return Err(Error::spec(at, "must name at least one network"));
    }
    match names.iter().find(|name| !networks.iter().any(|n| n.name == **name)) {
        Some(name) => Err(Error::spec(at, format!("there is no network `{name}`; expected {}", known(networks)))),
        None => Ok(()),
    }
}

pub(super) fn check_path(path: &[String], networks: &[NetworkSpec], at: &str) -> Result<()> {
    check_names(path, networks, at)
}

fn check_loss(loss: &Loss, networks: &[NetworkSpec], at: &str) -> Result<()> {
    let positive = |name: &str, value: f32| {
        let ok = value > 0.0 && value.is_finite();
        ok.then_some(()).ok_or_else(|| Error::spec(format!("{at}.{name}"), format!("must be above 0, got {value}")))
    };
    match loss {
        Loss::CrossEntropy { label_smoothing, .. } if !(0.0..1.0).contains(label_smoothing) => {
            Err(Error::spec(format!("{at}.label_smoothing"), format!("must be in [0, 1), got {label_smoothing}")))
        }
        Loss::Huber { delta, .. } => positive("delta", *delta),
        Loss::Distillation { teacher, temperature } => {
            check_names(std::slice::from_ref(teacher), networks, &format!("{at}.teacher"))?;
            positive("temperature", *temperature)
        }
        _ => Ok(()),
    }
}

fn known(networks: &[NetworkSpec]) -> String {
    networks.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(", ")
}
