//! An example made fit for comparison, and the fixture that it is compared with.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Value, json};
use trainyard::{
    cpu::Data,
    data::{About, Samples, load},
    export::{NamedTensor, parameters_from_file},
    graph::{DType, Parameter, Type},
    model::{Built, Form, Purpose, build, classes},
    random::{bits, uniform},
    spec::Experiment,
};

use super::course::Course;

/// Steps that losses are compared of.
pub const STEPS: usize = 10;
/// Steps of the run that schedules of the learning rate are laid out for.
pub const TOTAL: u32 = 1000;
/// Samples of a batch, at most: f64 is slow.
const BATCH: u64 = 8;
/// Seeds the made-up weights; signs of projections come from the seeds after it.
const SEED: u32 = 2024;

/// Gradients by parameter.
pub type Gradients = BTreeMap<String, Fingerprint>;

/// What PyTorch computed.
#[derive(Deserialize)]
pub struct Golden {
    pub seed: u32,
    pub phases: Vec<Phase>,
}

#[derive(Deserialize)]
pub struct Phase {
    pub name: String,
    /// Of the first batch, as `grad` computes it.
    pub loss: f64,
    pub gradients: Gradients,
    /// Of the first step of training, where they differ.
    pub training: Option<Gradients>,
    /// Of the first steps of training.
    pub losses: Vec<f64>,
}

/// Of a gradient in the layout of files.
#[derive(Deserialize)]
pub struct Fingerprint {
    pub shape: Vec<usize>,
    pub norm: f64,
    pub sum: f64,
    pub entries: Vec<(usize, f64)>,
    pub projections: Vec<f64>,
}

impl Golden {
    pub fn read(name: &str) -> Self {
        let golden: Self = serde_json::from_str(&read("tests/golden", name)).unwrap();
        assert_eq!(golden.seed, SEED);
        golden
    }
}

/// The sign of element `i` in projection `p` of the tensor `stream`.
pub fn sign(seed: u32, p: u32, stream: usize, i: usize) -> f64 {
    1.0 - 2.0 * f64::from(bits(seed + 2 + p, stream as u32, i as u32) & 1)
}

/// The names of the JSON files of a folder, in order.
pub fn names(folder: &str) -> Vec<String> {
    let paths = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|e| e == "json"));
    let mut names: Vec<_> = json.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(folder: &str, name: &str) -> String {
    fs::read_to_string(root().join(folder).join(format!("{name}.json"))).unwrap()
}

/// An example with a data set of as many samples as its steps take, and weights.
pub struct Run {
    name: String,
    json: Value,
    pub experiment: Experiment,
    pub about: About,
    pub batch: usize,
    pub samples: Samples,
    /// Where samples begin.
    pub order: Vec<u32>,
    /// Training, phase by phase.
    pub train: Vec<Built>,
    /// Gradients of a batch that is given, phase by phase.
    pub once: Vec<Built>,
    /// In the engine's layout.
    pub weights: Vec<Vec<f32>>,
}

impl Run {
    pub fn new(name: &str) -> Self {
        let mut json: Value = serde_json::from_str(&read("examples", name)).unwrap();
        json["training"]["batch_size"] = json!(json["training"]["batch_size"].as_u64().unwrap().min(BATCH));
        json["data"].as_object_mut().unwrap().remove("augment");
        keep_all(&mut json);
        let experiment = Experiment::from_json(&json.to_string()).unwrap();
        let mut data = load(&*experiment.data.source).unwrap();
        let form = Form::new(&experiment, &data.about).unwrap();
        let batch = experiment.training.batch_size.of(0);
        let count = STEPS * batch;
        let order: Vec<u32> = (0..count).map(|sample| form.start(sample) as u32).collect();
        let items = form.window().map_or(count, |window| count * window + 1);
        let [mut samples, _] = std::mem::take(&mut data.splits);
        let about = data.about;
        let size = if about.stream { 1 } else { about.x.item_bytes() };
        samples.x.truncate(items * size);
        samples.y.truncate(items * about.y.as_ref().map_or(0, |y| y.item_bytes()));
        let phases = 0..experiment.phases.len();
        let graph = |purpose| build(&experiment, &about, purpose, batch).unwrap();
        let train: Vec<_> =
            phases.clone().map(|phase| graph(Purpose::Train { phase, samples: items, order: count })).collect();
        let once = phases.map(|phase| graph(Purpose::Gradients { phase })).collect();
        let weights = made_up(&train[0].graph.parameters);
        Self { name: name.into(), json, about, batch, samples, order, train, once, weights, experiment }
    }

    /// A column of the data set as a graph's input of this type takes it.
    pub fn column<T>(ty: &Type, bytes: &[u8], number: impl Fn(f32) -> T) -> Data<T> {
        match ty.dtype {
            DType::U8 => Data::Bytes(bytes.to_vec()),
            _ => Data::Floats(bytemuck::pod_collect_to_vec::<u8, f32>(bytes).into_iter().map(number).collect()),
        }
    }

    /// A parameter's name, and numbers of it in the layout of files; in f64, unlike the exporter.
    pub fn in_file(&self, index: usize, numbers: &[f64]) -> (String, Vec<f64>) {
        let parameter = &self.train[0].graph.parameters[index];
        let columns = if parameter.transposed { parameter.shape.last() } else { 1 };
        let column = |column| numbers.iter().skip(column).step_by(columns).copied();
        (parameter.name.clone(), (0..columns).flat_map(column).collect())
    }

    /// Writes the experiment and all that was given to it, for PyTorch.
    pub fn write(&self, course: &Course) {
        let folder = Self::folder();
        fs::create_dir_all(&folder).unwrap();
        let about = json!({
            "experiment": self.json,
            "padding": self.about.padding,
            "classes": classes(&self.experiment, &self.about),
            "seed": SEED,
            "steps": STEPS,
            "total": TOTAL,
        });
        fs::write(folder.join(format!("{}.json", self.name)), about.to_string()).unwrap();
        let (mut header, mut bytes) = (serde_json::Map::new(), Vec::new());
        let mut add = |name: String, data: &Data<f64>| {
            let start = bytes.len();
            let (dtype, count) = match data {
                Data::Floats(x) => {
                    bytes.extend(x.iter().flat_map(|x| x.to_le_bytes()));
                    ("F64", x.len())
                }
                Data::Ints(x) => {
                    bytes.extend(x.iter().flat_map(|&x| i64::from(x).to_le_bytes()));
                    ("I64", x.len())
                }
                Data::Bytes(_) => panic!("no batch holds bytes"),
            };
            header.insert(name, json!({ "dtype": dtype, "shape": [count], "data_offsets": [start, bytes.len()] }));
        };
        for (step, phases) in course.given.iter().enumerate() {
            let [x, y] = phases.iter().find_map(|given| given.batch.as_ref()).expect("a phase looks at the data");
            add(format!("x:{step}"), x);
            add(format!("y:{step}"), y);
            for (phase, given) in phases.iter().enumerate() {
                for (i, noise) in given.noise.iter().enumerate() {
                    add(format!("noise:{step}:{phase}:{i}"), noise);
                }
            }
        }
        let graph = &self.once[0].graph;
        for name in ["x", "y"] {
            if let Some(id) = graph.find_input(name) {
                header[&format!("{name}:0")]["shape"] = json!(graph.shape(id).0);
            }
        }
        let header = serde_json::to_vec(&header).unwrap();
        let file = [&(header.len() as u64).to_le_bytes()[..], &header, &bytes].concat();
        fs::write(folder.join(format!("{}.safetensors", self.name)), file).unwrap();
    }

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden")
    }
}

/// Sets all rates of dropout to 0.
fn keep_all(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let is_dropout = map.get("type").is_some_and(|kind| kind == "dropout");
            for (key, value) in map {
                match key.as_str() {
                    "dropout" => *value = json!(0),
                    "rate" if is_dropout => *value = json!(0),
                    _ => keep_all(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(keep_all),
        _ => {}
    }
}

/// The weights of the fixtures. Matrices: uniform within ±1 / √(inputs of a unit). Vectors: within ±0.05 of 0, scales
/// and variances of 1. Each tensor has the stream of its place among the sorted names.
fn made_up(parameters: &[Parameter]) -> Vec<Vec<f32>> {
    let mut names: Vec<_> = parameters.iter().map(|p| p.name.as_str()).collect();
    names.sort_unstable();
    let tensor = |parameter: &Parameter| {
        let shape = parameter.file_shape().0;
        let inputs = shape[1..].iter().product::<usize>() as f64;
        let vector = shape.len() == 1;
        let bound = if vector { 0.05 } else { inputs.sqrt().recip() };
        let scales = vector && (parameter.name.ends_with(".weight") || parameter.name.ends_with("running_var"));
        let middle = if scales { 1.0 } else { 0.0 };
        let stream = names.binary_search(&parameter.name.as_str()).unwrap() as u32;
        let number = |i| (middle + (2.0 * f64::from(uniform(SEED, stream, i)) - 1.0) * bound) as f32;
        let data = (0..parameter.shape.count() as u32).map(number).collect();
        NamedTensor::f32(&parameter.name, shape, data)
    };
    let tensors: Vec<_> = parameters.iter().map(tensor).collect();
    parameters_from_file(parameters, &tensors).unwrap()
}
