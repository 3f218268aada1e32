//! What JavaScript sees of the engine. Only here and below is `#[wasm_bindgen]`.

mod bench;
pub(crate) mod pipelines;
pub(crate) mod team;
#[cfg(feature = "twins")]
mod twins;

use std::collections::BTreeMap;

use js_sys::{Float32Array, Reflect, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{
    cpu::Data,
    data::{About, BEGIN, Dataset, END, Manifest, PADDING, Samples, Vocabulary, audio, digit},
    error::{Error, Result},
    gpu::Tuner,
    model::{self, LayerInfo, Measure, Purpose},
    sample::{self, Choice, Part},
    spec::Experiment,
    train::{Device, Split, Trainer, sizes},
};

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        js_sys::Error::new(&error.to_string()).into()
    }
}

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::data("JSON", e.to_string()))
}

/// The experiment, and the manifest of its data set's files where it has some.
fn parse(experiment: &str, manifest: Option<&str>) -> Result<(Experiment, Option<Manifest>)> {
    Ok((Experiment::from_json(experiment)?, manifest.map(Manifest::parse).transpose()?))
}

/// The folder below `data/` with the files that an experiment trains on; none where they are generated.
///
/// # Errors
/// A message that names the field.
#[wasm_bindgen]
pub fn data_folder(experiment: &str) -> Result<Option<String>, JsValue> {
    Ok(Experiment::from_json(experiment)?.data.source.files().map(Into::into))
}

/// Checks an experiment without training it; JSON: name, parameters, layers, data.
///
/// # Errors
/// A message that names the field.
#[wasm_bindgen]
pub fn inspect_experiment(text: &str, manifest: Option<String>) -> Result<String, JsValue> {
    #[derive(Serialize)]
    struct Inspection<'a> {
        name: &'a str,
        parameters: usize,
        layers: &'a [LayerInfo],
        about: &'a About,
        classes: usize,
    }
    let (experiment, manifest) = parse(text, manifest.as_deref())?;
    let about = experiment.data.source.about(manifest.as_ref())?;
    let (_, trained) = sizes(&experiment, &about)?;
    let batch = experiment.training.batch_size.of(trained);
    let mut layers = Vec::new();
    let mut parameters = 0;
    for phase in 0..experiment.phases.len() {
        let purpose = Purpose::Train { phase, samples: about.counts[0], order: trained };
        let built = model::build(&experiment, &about, purpose, batch)?;
        parameters = built.graph.parameter_count();
        if built.layers.len() > layers.len() {
            layers = built.layers;
        }
    }
    let classes = model::classes(&experiment, &about);
    Ok(json(&Inspection { name: &experiment.name, parameters, layers: &layers, about: &about, classes })?)
}

/// The samples in an unpacked shard: the column x of its items, then y, as the network gets them.
///
/// # Errors
/// When it is not what the manifest says.
#[wasm_bindgen]
pub fn decode_shard(
    experiment: &str,
    manifest: &str,
    split: &str,
    index: usize,
    raw: &[u8],
) -> Result<Uint8Array, JsValue> {
    let (experiment, manifest) = (Experiment::from_json(experiment)?, Manifest::parse(manifest)?);
    let split = match parse_split(split)? {
        Split::Train => &manifest.splits.train,
        Split::Test => &manifest.splits.test,
    };
    let missing = || Error::data("shard", format!("the manifest lists no number {index}"));
    let shard = split.shards.get(index).ok_or_else(missing)?;
    let Samples { x, y } = experiment.data.source.decode(&manifest, shard, raw)?;
    Ok(Uint8Array::from([x, y].concat().as_slice()))
}

/// A data set that is generated: the columns x and y of the training split, then those of the test split.
///
/// # Errors
/// When it is in files.
#[wasm_bindgen]
pub fn generate_data(experiment: &str) -> Result<Uint8Array, JsValue> {
    let source = Experiment::from_json(experiment)?.data.source;
    let Some(dataset) = source.generate() else {
        return Err(Error::data(source.name(), "is in files").into());
    };
    let Dataset { splits: [train, test], .. } = dataset?;
    let all = Uint8Array::new_with_length((train.x.len() + train.y.len() + test.x.len() + test.y.len()) as u32);
    let mut at = 0;
    for column in [train.x, train.y, test.x, test.y] {
        all.subarray(at, at + column.len() as u32).copy_from(&column);
        at += column.len() as u32;
    }
    Ok(all)
}

/// What a network that hears gets of a recording: the loudest 0.9 s of it, as features.
#[wasm_bindgen]
pub fn features_of_sound(samples: &[f32], rate: f32) -> Vec<f32> {
    audio::mfcc(&audio::utterance(samples, rate), audio::RATE)
}

/// A drawing (RGBA) as the 28×28 that MNIST would have made of it, 784 numbers in 0..1; none without ink.
#[wasm_bindgen]
pub fn digit_from_rgba(rgba: &[u8], width: usize, height: usize) -> Vec<f32> {
    let ink = digit::ink_from_rgba(rgba, width, height);
    digit::from_ink(&ink, width, height).map_or(Vec::new(), |digit| digit.to_vec())
}

/// A run.
#[wasm_bindgen]
pub struct Session {
    trainer: Trainer,
    adapter: String,
    tuner: Option<Tuner>,
}

/// Seconds that are spent on finding the fastest kernels.
const TUNING: f64 = 1.0;

#[wasm_bindgen]
impl Session {
    /// Puts an experiment on a device: `gpu`, `cpu` or `auto`. `tuning`: what [`Session::tune`] found in an earlier run
    /// on the same adapter.
    ///
    /// # Errors
    /// A malformed experiment, or no adapter where one is insisted on.
    pub async fn create(
        experiment_json: String,
        manifest: Option<String>,
        device: String,
        tuning: Option<String>,
    ) -> Result<Session, JsValue> {
        let (experiment, manifest) = parse(&experiment_json, manifest.as_deref())?;
        let about = experiment.data.source.about(manifest.as_ref())?;
        let device = Device::open(device.parse()?).await?;
        let adapter = match device.adapter() {
            Some(adapter) if !adapter.name.is_empty() => adapter.name.clone(),
            Some(_) => adapter_info().await.unwrap_or_else(|_| "GPU".into()),
            None => "CPU (WebAssembly)".into(),
        };
        // What an older version has found may name kernels that are no more: then the guess holds.
        let tuned = tuning.and_then(|text| serde_json::from_str::<Tuning>(&text).ok());
        if let (Device::Gpu(gpu), Some(tuned)) = (&device, tuned.filter(|tuned| tuned.is_for(&adapter))) {
            gpu.prefer(tuned.choices);
        }
        Ok(Self { trainer: Trainer::new(experiment, device, about).await?, adapter, tuner: None })
    }

    /// JSON: what trains, why, what a step takes, what is measured and on which samples.
    ///
    /// # Errors
    /// None in practice: the numbers are plain.
    pub fn info(&self) -> Result<String, JsValue> {
        #[derive(Serialize)]
        struct Phase<'a> {
            name: &'a str,
            measures: &'a [Measure],
        }
        #[derive(Serialize)]
        struct Validation {
            split: &'static str,
            from: usize,
            count: usize,
        }
        #[derive(Serialize)]
        struct Info<'a> {
            device: &'a str,
            adapter: &'a str,
            software: bool,
            reason: Option<&'a str>,
            parameters: usize,
            dispatches_per_step: usize,
            gpu_bytes: u64,
            flops_per_step: u64,
            phases: Vec<Phase<'a>>,
            validation: Validation,
            trained: usize,
            batch_size: usize,
            epochs: usize,
            patience: Option<usize>,
        }
        let trainer = &self.trainer;
        let (device, costs, training) = (trainer.device(), trainer.costs(), &trainer.experiment().training);
        let reason = match device {
            Device::Cpu { reason } => Some(reason.as_str()),
            Device::Gpu(_) => None,
        };
        let phases = trainer.experiment().phases.iter().zip(trainer.measures());
        let (split, from, count) = trainer.validation();
        let split = SPLITS[split as usize];
        Ok(json(&Info {
            device: device.name(),
            adapter: &self.adapter,
            software: device.adapter().is_some_and(|a| a.software || is_software(&self.adapter)),
            reason,
            parameters: trainer.parameters().iter().map(|p| p.shape.count()).sum(),
            dispatches_per_step: costs.dispatches,
            gpu_bytes: costs.memory,
            flops_per_step: costs.flops,
            phases: phases.map(|(phase, measures)| Phase { name: &phase.name, measures }).collect(),
            validation: Validation { split, from, count },
            trained: trainer.trained(),
            batch_size: training.batch_size.of(trainer.trained()),
            epochs: training.epochs.0,
            patience: training.early_stopping.map(|stopping| stopping.patience.0),
        })?)
    }

    /// Items of a split, from `start` on: the columns' bytes.
    ///
    /// # Errors
    /// When sizes don't fit, or memory is out.
    pub async fn add_samples(&mut self, split: String, start: usize, x: Vec<u8>, y: Vec<u8>) -> Result<(), JsValue> {
        Ok(self.trainer.add_samples(parse_split(&split)?, start, &Samples { x, y }).await?)
    }

    /// Times the kernels of one op, between steps. Empty while there is more to do, then JSON for the next
    /// [`Session::create`]; nothing where there is no choice.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn tune(&mut self) -> Result<Option<String>, JsValue> {
        if self.tuner.is_none() {
            self.tuner = self.trainer.tuner(TUNING);
        }
        let Some(tuner) = &mut self.tuner else { return Ok(None) };
        if tuner.next().await? {
            return Ok(Some(String::new()));
        }
        let mut choices = tuner.choices();
        self.tuner = None;
        if choices.is_empty() {
            return Ok(None);
        }
        if let Device::Gpu(gpu) = self.trainer.device() {
            choices.extend(gpu.target().choices);
        }
        Ok(Some(json(&Tuning { adapter: self.adapter.clone(), version: VERSION.into(), choices })?))
    }

    /// Runs at most so many steps; how many it were: 0 while waiting for data or when all epochs are done.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn advance(&mut self, max_steps: usize) -> Result<usize, JsValue> {
        Ok(self.trainer.advance(max_steps).await?)
    }

    /// Finished steps since the last call, one after the other: step, loss, accuracy, then what each phase measures.
    /// Never waits for the GPU.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn metrics(&mut self) -> Result<Float32Array, JsValue> {
        let mut flat = Vec::new();
        for m in self.trainer.metrics(false).await? {
            flat.extend([m.step as f32, m.loss, m.accuracy.unwrap_or(f32::NAN)]);
            flat.extend(m.values);
        }
        Ok(Float32Array::from(flat.as_slice()))
    }

    /// Loss, accuracy (NaN where nothing is right or wrong) and number of the samples `from..from + count` of a split
    /// that have arrived, then the terms of the loss.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn evaluate(&mut self, split: String, from: usize, count: usize) -> Result<Float32Array, JsValue> {
        let result = self.trainer.evaluate(parse_split(&split)?, from, count).await?;
        let mut flat = vec![result.loss as f32, result.accuracy.map_or(f32::NAN, |a| a as f32), result.count as f32];
        flat.extend(result.terms.iter().map(|(_, value)| *value as f32));
        Ok(Float32Array::from(flat.as_slice()))
    }

    /// Outputs, probabilities where the loss has them, for samples of numbers.
    ///
    /// # Errors
    /// When the numbers are no whole number of samples.
    pub async fn predict(&mut self, x: Vec<f32>) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self.trainer.predict(&Data::Floats(x)).await?.as_slice()))
    }

    /// As [`Session::predict`], for samples of tokens.
    ///
    /// # Errors
    /// When the tokens are no whole number of samples.
    pub async fn predict_tokens(&mut self, x: Vec<u32>) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self.trainer.predict(&Data::Ints(x)).await?.as_slice()))
    }

    /// What the network makes of noise.
    ///
    /// # Errors
    /// When it takes something else.
    pub async fn generate(&mut self, noise: Vec<f32>) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self.trainer.generate(&noise).await?.as_slice()))
    }

    /// The tokens of a text as a sample of the data set: between begin and end where it has them, padded.
    ///
    /// # Errors
    /// When the text has other characters or is too long.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, JsValue> {
        let column = &self.trainer.about().x;
        let vocabulary = Vocabulary::new(column)?;
        let mut tokens = vocabulary.encode(text)?;
        if vocabulary.has_begin() {
            tokens.insert(0, BEGIN.into());
            tokens.push(END.into());
        }
        let (length, most) = (tokens.len(), column.elements());
        if length > most {
            let message = format!("has {length} tokens, at most {most} are possible");
            return Err(Error::data(format!("{text:?}"), message).into());
        }
        tokens.resize(most, PADDING.into());
        Ok(tokens)
    }

    /// One of the networks that a prediction goes through, as it is now.
    ///
    /// # Errors
    /// When there is no such network, or the device is lost.
    pub async fn part(&mut self, network: String, batch: usize) -> Result<Network, JsValue> {
        let mut part = Part::new(self.trainer.experiment(), self.trainer.about(), &network, batch)?;
        part.set_values(&self.trainer.values().await?);
        Ok(Network(part))
    }

    /// What writes sequences token by token with the network as it is now.
    ///
    /// # Errors
    /// When the experiment has none, or the device is lost.
    pub async fn writer(&mut self) -> Result<Writer, JsValue> {
        let values = self.trainer.values().await?;
        Ok(Writer(sample::Writer::new(self.trainer.experiment(), self.trainer.about(), &values)?))
    }

    /// All parameters as they are now, to go back to.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn checkpoint(&mut self) -> Result<Checkpoint, JsValue> {
        Ok(Checkpoint(self.trainer.values().await?))
    }

    /// Goes back.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), JsValue> {
        Ok(self.trainer.set_values(&checkpoint.0)?)
    }

    /// Changes the learning rate from the next step on.
    ///
    /// # Errors
    /// When it is not a positive number.
    pub fn set_learning_rate(&mut self, rate: f32) -> Result<(), JsValue> {
        Ok(self.trainer.set_learning_rate(rate)?)
    }

    /// Wants more epochs than the experiment says.
    pub fn add_epochs(&mut self, epochs: u32) {
        self.trainer.add_epochs(epochs);
    }

    /// JSON: how far the run is.
    ///
    /// # Errors
    /// None in practice: the numbers are plain.
    pub fn progress(&self) -> Result<String, JsValue> {
        Ok(json(&self.trainer.progress())?)
    }

    /// Starts over with fresh parameters.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn reset(&mut self, seed: u32) -> Result<(), JsValue> {
        Ok(self.trainer.reset(seed)?)
    }
}

/// All parameters of a moment.
#[wasm_bindgen]
pub struct Checkpoint(Vec<Vec<f32>>);

/// A network by itself, on the CPU.
#[wasm_bindgen]
pub struct Network(Part);

#[wasm_bindgen]
impl Network {
    /// Outputs for samples of numbers.
    ///
    /// # Errors
    /// When the numbers are no whole number of samples.
    pub fn run(&mut self, x: &[f32]) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self.0.run(x)?.as_slice()))
    }
}

/// Writes sequences, token by token.
#[wasm_bindgen]
pub struct Writer(sample::Writer);

#[wasm_bindgen]
impl Writer {
    /// Begins a text that goes on from `prompt`.
    ///
    /// # Errors
    /// When the prompt has characters that are no tokens.
    pub fn begin(&mut self, prompt: &str, temperature: f32, top_k: usize, seed: u32) -> Result<(), JsValue> {
        Ok(self.0.begin(prompt, Choice { temperature, top_k, top_p: 1.0, seed })?)
    }

    /// The next token's text; none at the end.
    pub fn token(&mut self) -> Option<String> {
        self.0.token()
    }

    /// JSON: the tokens of a source text, those that are made of it, and how much each of these was made from each of
    /// those.
    ///
    /// # Errors
    /// When the text has other characters or is too long.
    pub fn translate(&mut self, text: &str) -> Result<String, JsValue> {
        Ok(json(&self.0.translate(text)?)?)
    }
}

/// What an earlier run found out about kernels.
#[derive(Serialize, Deserialize)]
struct Tuning {
    adapter: String,
    version: String,
    choices: BTreeMap<String, String>,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Tuning {
    fn is_for(&self, adapter: &str) -> bool {
        self.adapter == adapter && self.version == VERSION
    }
}

/// Of [`Split::Train`] and [`Split::Test`].
const SPLITS: [&str; 2] = ["train", "test"];

fn parse_split(name: &str) -> Result<Split> {
    match SPLITS.iter().position(|known| *known == name) {
        Some(0) => Ok(Split::Train),
        Some(_) => Ok(Split::Test),
        None => Err(Error::data("split", format!("`{name}` is not known, expected train or test"))),
    }
}

/// Software adapters by the name that the browser gives them.
fn is_software(adapter: &str) -> bool {
    let name = adapter.to_lowercase();
    ["swiftshader", "llvmpipe", "lavapipe", "basic render"].iter().any(|known| name.contains(known))
}

/// Vendor and architecture: wgpu passes on only the description, which browsers often leave empty.
async fn adapter_info() -> Result<String, JsValue> {
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into());
    let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
    let request: js_sys::Function = get(&gpu, "requestAdapter")?.dyn_into()?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into())?;
    let promise: js_sys::Promise = request.call1(&gpu, &options)?.dyn_into()?;
    let info = get(&JsFuture::from(promise).await?, "info")?;
    let words = ["vendor", "architecture"].iter().filter_map(|key| get(&info, key).ok()?.as_string());
    Ok(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}
