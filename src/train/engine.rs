//! What the trainer asks of an engine. Both engines serve the same graphs.

use super::{cpu_engine::CpuEngine, gpu_engine::GpuEngine};
use crate::{
    cpu::Step,
    error::Result,
    graph::{Graph, Shape, ValueId},
    model::{self, Built, Purpose, Samples},
    optim::Optimizer,
    spec::Experiment,
};

/// Samples of an evaluation's batch: 10,000 test images are 100 of them.
pub const EVALUATION_BATCH: usize = 100;
/// Samples of a prediction's batch: 25 test digits and a drawing.
pub const PREDICTION_BATCH: usize = 32;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// What is trained on (and, where the experiment says so, validated on).
    Train,
    /// What is never trained on.
    Test,
}

/// The graphs of an experiment, and how many samples the device holds of each split.
pub struct Graphs {
    /// A training step.
    pub train: Built,
    /// Evaluation on the training split where part of it is held out, and on the test split.
    pub evaluate: [Option<Built>; 2],
    /// Prediction for given samples.
    pub predict: Built,
}

impl Graphs {
    /// Builds all. `counts`: samples of the training and test splits; `order`: length of an epoch.
    ///
    /// # Errors
    /// [`crate::Error::Spec`] when the experiment does not fit the data.
    pub fn new(experiment: &Experiment, samples: &Samples, counts: [usize; 2], order: usize) -> Result<Self> {
        let batch = experiment.training.batch_size.0;
        let evaluate = |count| {
            model::build(experiment, samples, Purpose::Evaluate { samples: count, order: count }, EVALUATION_BATCH)
        };
        Ok(Self {
            train: model::build(experiment, samples, Purpose::Train { samples: counts[0], order }, batch)?,
            evaluate: [if order < counts[0] { Some(evaluate(counts[0])?) } else { None }, Some(evaluate(counts[1])?)],
            predict: model::build(experiment, samples, Purpose::Predict, PREDICTION_BATCH)?,
        })
    }
}

/// The value of a graph's input or output; graphs of [`Graphs`] have them by construction.
pub(super) fn input(graph: &Graph, name: &str) -> Result<ValueId> {
    graph.find_input(name).ok_or_else(|| crate::Error::data(name, "the graph has no such input"))
}

/// As [`input`], for outputs.
pub(super) fn output(graph: &Graph, name: &str) -> Result<ValueId> {
    graph.find_output(name).ok_or_else(|| crate::Error::data(name, "the graph has no such output"))
}

/// Number of elements of one sample of a batch.
pub(super) fn per_sample(shape: &Shape) -> usize {
    shape.count() / shape.0.first().copied().unwrap_or(1).max(1)
}

/// A device with an experiment on it.
pub enum Engine {
    /// On a GPU.
    Gpu(Box<GpuEngine>),
    /// On the CPU.
    Cpu(Box<CpuEngine>),
}

/// Calls the same method of whichever engine; `await`s the GPU's where marked.
macro_rules! each {
    ($self:ident, $e:ident => $call:expr) => {
        match $self {
            Engine::Gpu($e) => $call,
            Engine::Cpu($e) => $call,
        }
    };
}

impl Engine {
    /// Puts an experiment on a device.
    ///
    /// # Errors
    /// Out of memory, or a kernel that the device refuses.
    pub async fn new(device: &super::Device, graphs: Graphs, optimizer: &dyn Optimizer) -> Result<Self> {
        Ok(match device {
            super::Device::Gpu(gpu) => Self::Gpu(Box::new(GpuEngine::new(gpu, graphs, optimizer).await?)),
            super::Device::Cpu { .. } => Self::Cpu(Box::new(CpuEngine::new(graphs, optimizer.moments())?)),
        })
    }

    /// Writes samples `start..` of a split: items (bytes) and labels.
    ///
    /// # Errors
    /// When they don't fit.
    pub fn write_data(&mut self, split: Split, start: usize, items: &[u8], labels: &[u8]) -> Result<()> {
        each!(self, e => e.write_data(split, start, items, labels))
    }

    /// Writes the order of the next epoch.
    ///
    /// # Errors
    /// When it has the wrong length.
    pub fn write_order(&mut self, order: &[u32]) -> Result<()> {
        each!(self, e => e.write_order(order))
    }

    /// Writes all parameters and forgets the moments.
    ///
    /// # Errors
    /// When sizes differ.
    pub fn set_parameters(&mut self, values: &[Vec<f32>]) -> Result<()> {
        each!(self, e => e.set_parameters(values))
    }

    /// Reads all parameters.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn parameters(&mut self) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::Gpu(e) => e.parameters().await,
            Self::Cpu(e) => Ok(e.parameters()),
        }
    }

    /// How many steps may be run at once now: adapts to the device's speed.
    pub fn appetite(&self) -> usize {
        each!(self, e => e.appetite())
    }

    /// Runs or submits training steps. Resolves when at most one submission is in flight.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn train(&mut self, steps: &[Step], optimizer: &dyn Optimizer) -> Result<()> {
        match self {
            Self::Gpu(e) => e.train(steps).await,
            Self::Cpu(e) => e.train(steps, optimizer),
        }
    }

    /// Loss and hits of finished steps since the last call; with `wait`, of all submitted ones.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn metrics(&mut self, wait: bool) -> Result<Vec<[f32; 2]>> {
        match self {
            Self::Gpu(e) => e.metrics(wait).await,
            Self::Cpu(e) => Ok(e.metrics()),
        }
    }

    /// Loss (mean) and hits of each batch of `steps` over a split in file order.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn evaluate(&mut self, split: Split, steps: &[Step]) -> Result<Vec<[f32; 2]>> {
        match self {
            Self::Gpu(e) => e.evaluate(split, steps).await,
            Self::Cpu(e) => e.evaluate(split, steps),
        }
    }

    /// Outputs for one batch of at most [`PREDICTION_BATCH`] samples.
    ///
    /// # Errors
    /// When sizes differ or the device is lost.
    pub async fn predict(&mut self, x: &[f32]) -> Result<Vec<f32>> {
        match self {
            Self::Gpu(e) => e.predict(x).await,
            Self::Cpu(e) => e.predict(x),
        }
    }
}
