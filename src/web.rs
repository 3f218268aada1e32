//! What JavaScript sees of the engine. The only file with `#[wasm_bindgen]`.

use js_sys::{Float32Array, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{
    data::digit,
    error::{Error, Result},
    model::{self, LayerInfo, Purpose, Samples},
    spec::Experiment,
    train::{Device, Split, Trainer},
};

/// MNIST's numbers of training and test images.
const COUNTS: [usize; 2] = [60_000, 10_000];

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        js_sys::Error::new(&error.to_string()).into()
    }
}

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

fn mnist() -> Samples {
    Samples { shape: [1, 28, 28].into(), classes: 10 }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::data("JSON", e.to_string()))
}

/// Checks an experiment without training it; JSON: name, parameters, layers.
///
/// # Errors
/// A message that names the field.
#[wasm_bindgen]
pub fn inspect_experiment(text: &str) -> Result<String, JsValue> {
    #[derive(Serialize)]
    struct Inspection<'a> {
        name: &'a str,
        parameters: usize,
        layers: &'a [LayerInfo],
    }
    let experiment = Experiment::from_json(text)?;
    let purpose = Purpose::Train { samples: COUNTS[0], order: COUNTS[0] };
    let built = model::build(&experiment, &mnist(), purpose, experiment.training.batch_size.0)?;
    let parameters = built.graph.parameter_count();
    Ok(json(&Inspection { name: &experiment.name, parameters, layers: &built.layers })?)
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
}

#[wasm_bindgen]
impl Session {
    /// Puts an experiment on a device: `gpu`, `cpu` or `auto`.
    ///
    /// # Errors
    /// A malformed experiment, or no adapter where one is insisted on.
    pub async fn create(experiment_json: String, device: String) -> Result<Session, JsValue> {
        let experiment = Experiment::from_json(&experiment_json)?;
        let device = Device::open(device.parse()?).await?;
        let adapter = match device.adapter() {
            Some(adapter) if !adapter.name.is_empty() => adapter.name.clone(),
            Some(_) => adapter_info().await.unwrap_or_else(|_| "GPU".into()),
            None => "CPU (WebAssembly)".into(),
        };
        Ok(Self { trainer: Trainer::new(experiment, device, mnist(), COUNTS).await?, adapter })
    }

    /// JSON: what trains, why, and what a step takes.
    ///
    /// # Errors
    /// None in practice: the numbers are plain.
    pub fn info(&self) -> Result<String, JsValue> {
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
        }
        let device = self.trainer.device();
        let costs = self.trainer.costs();
        let reason = match device {
            Device::Cpu { reason } => Some(reason.as_str()),
            Device::Gpu(_) => None,
        };
        Ok(json(&Info {
            device: device.name(),
            adapter: &self.adapter,
            software: device.adapter().is_some_and(|a| a.software || is_software(&self.adapter)),
            reason,
            parameters: self.trainer.parameters().iter().map(|p| p.shape.count()).sum(),
            dispatches_per_step: costs.dispatches,
            gpu_bytes: costs.memory,
            flops_per_step: costs.flops,
        })?)
    }

    /// A shard of a split: `count` images, then `count` labels.
    ///
    /// # Errors
    /// When sizes don't fit.
    pub fn add_shard(&mut self, split: &str, start: usize, count: usize, bytes: &[u8]) -> Result<(), JsValue> {
        let split = parse_split(split)?;
        if bytes.len() != count * (784 + 1) {
            return Err(Error::data("shard", format!("{} bytes are no {count} images and labels", bytes.len())).into());
        }
        let (items, labels) = bytes.split_at(count * 784);
        Ok(self.trainer.add_samples(split, start, items, labels)?)
    }

    /// Runs at most so many steps; how many it were: 0 while waiting for data or when all epochs are done.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn advance(&mut self, max_steps: usize) -> Result<usize, JsValue> {
        Ok(self.trainer.advance(max_steps).await?)
    }

    /// Finished steps since the last call: step, loss, accuracy, and so on. Never waits for the GPU.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn metrics(&mut self) -> Result<Float32Array, JsValue> {
        let metrics = self.trainer.metrics(false).await?;
        let flat: Vec<f32> = metrics.iter().flat_map(|m| [m.step as f32, m.loss, m.accuracy]).collect();
        Ok(Float32Array::from(flat.as_slice()))
    }

    /// Loss, accuracy and number of the samples `from..from + count` of a split that have arrived.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn evaluate(&mut self, split: String, from: usize, count: usize) -> Result<Float32Array, JsValue> {
        let result = self.trainer.evaluate(parse_split(&split)?, from, count).await?;
        Ok(Float32Array::from([result.loss as f32, result.accuracy as f32, result.count as f32].as_slice()))
    }

    /// Probabilities of the classes for each image of 784 numbers in 0..1.
    ///
    /// # Errors
    /// When the numbers are no whole number of images.
    pub async fn predict(&mut self, pixels: Vec<f32>) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(self.trainer.predict(&pixels).await?.as_slice()))
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

fn parse_split(name: &str) -> Result<Split> {
    match name {
        "train" => Ok(Split::Train),
        "test" => Ok(Split::Test),
        other => Err(Error::data("split", format!("`{other}` is not known, expected train or test"))),
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
