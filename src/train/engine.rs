//! What the trainer asks of an engine. Both engines serve the same graphs.

use super::{cpu_engine::CpuEngine, gpu_engine::GpuEngine};
use crate::{
    cpu::{Data, Step},
    data::{About, Samples},
    error::Result,
    graph::{Graph, Shape, ValueId},
    model::{self, Built, Measure, Purpose},
    optim::Optimizer,
    plan::Plan,
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

/// The graphs of an experiment.
pub struct Graphs {
    /// A training step, phase by phase.
    pub train: Vec<Built>,
    /// Evaluation on the training split where part of it is held out, and on the test split.
    pub evaluate: [Option<Built>; 2],
    /// Prediction for given samples.
    pub predict: Built,
}

impl Graphs {
    /// Builds all. `counts`: samples of the training and test splits; `trained`: of an epoch.
    ///
    /// # Errors
    /// [`crate::Error::Spec`] when the experiment does not fit the data.
    pub fn new(experiment: &Experiment, about: &About, counts: [usize; 2], trained: usize) -> Result<Self> {
        let batch = experiment.training.batch_size.of(trained);
        let train = |phase| Purpose::Train { phase, samples: about.counts[0], order: trained };
        let evaluate = |split: usize| {
            let purpose = Purpose::Evaluate { samples: about.counts[split], order: counts[split] };
            model::build(experiment, about, purpose, EVALUATION_BATCH)
        };
        Ok(Self {
            train: (0..experiment.phases.len())
                .map(|phase| model::build(experiment, about, train(phase), batch))
                .collect::<Result<_>>()?,
            evaluate: [if trained < counts[0] { Some(evaluate(0)?) } else { None }, Some(evaluate(1)?)],
            predict: model::build(experiment, about, Purpose::Predict, PREDICTION_BATCH)?,
        })
    }

    /// What a step measures: of each phase, one after the other.
    pub fn measures(&self) -> Vec<Vec<Measure>> {
        self.train.iter().map(|built| built.measures.clone()).collect()
    }
}

/// How the phases of an experiment update parameters.
pub struct Rules<'a> {
    /// Of each phase.
    pub optimizers: Vec<&'a dyn Optimizer>,
    /// Steps whose gradients are averaged.
    pub accumulate: u32,
}

/// What an evaluation's batch gave.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// The measures of the first phase.
    pub measures: Vec<f32>,
    /// Where the experiment asks for what needs them: the classes that were found, and the labels.
    pub predicted: Vec<u32>,
    /// As `predicted`.
    pub labels: Vec<u32>,
    /// As `predicted`: how many outputs were larger than the label's.
    pub ranks: Vec<u32>,
}

/// Names of the outputs of an evaluation that are no measures.
pub(super) const DETAILS: [&str; 3] = ["predicted", "labels", "rank"];

impl Evaluated {
    pub(super) fn detail(&mut self, name: &str) -> &mut Vec<u32> {
        match name {
            "predicted" => &mut self.predicted,
            "labels" => &mut self.labels,
            _ => &mut self.ranks,
        }
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
    /// Puts an experiment on a device. On a GPU what only evaluation and prediction need is made when they are first asked
    /// for. `orders`: where the samples of each split begin, for evaluation.
    ///
    /// # Errors
    /// Out of memory, or a kernel that the device refuses.
    pub async fn new(
        device: &super::Device,
        graphs: Graphs,
        orders: &[Vec<u32>; 2],
        rules: &Rules<'_>,
    ) -> Result<Self> {
        Ok(match device {
            super::Device::Gpu(gpu) => Self::Gpu(Box::new(GpuEngine::new(gpu, graphs, orders, rules).await?)),
            super::Device::Cpu { .. } => Self::Cpu(Box::new(CpuEngine::new(graphs, orders, rules)?)),
        })
    }

    /// Makes what holds the samples of a split, before the first are written: those of the test split come with its
    /// evaluation, which is not there from the start.
    ///
    /// # Errors
    /// Out of memory.
    pub async fn make_room(&mut self, split: Split) -> Result<()> {
        match self {
            Self::Gpu(e) => e.make_room(split).await,
            Self::Cpu(_) => Ok(()),
        }
    }

    /// Writes items of a split from `start` on; see [`Engine::make_room`].
    ///
    /// # Errors
    /// When they don't fit.
    pub fn write_data(&mut self, split: Split, start: usize, samples: &Samples) -> Result<()> {
        each!(self, e => e.write_data(split, start, samples))
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

    /// What a GPU runs in a training step, phase by phase; nothing on the CPU.
    pub fn plans(&self) -> Vec<&Plan> {
        match self {
            Self::Gpu(e) => e.plans().collect(),
            Self::Cpu(_) => Vec::new(),
        }
    }

    /// How many steps may be run at once now: adapts to the device's speed.
    pub fn appetite(&self) -> usize {
        each!(self, e => e.appetite())
    }

    /// Runs or submits training steps: for each step, one entry a phase (none: the phase rests). Resolves when at
    /// most one submission is in flight.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn train(&mut self, steps: &[Option<Step>], rules: &Rules<'_>) -> Result<()> {
        match self {
            Self::Gpu(e) => e.train(steps).await,
            Self::Cpu(e) => {
                e.train(steps, rules);
                Ok(())
            }
        }
    }

    /// The measures ([`Graphs::measures`], flat) of finished steps since the last call; with `wait`, of all
    /// submitted ones.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn metrics(&mut self, wait: bool) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::Gpu(e) => e.metrics(wait).await,
            Self::Cpu(e) => Ok(e.metrics()),
        }
    }

    /// What each batch of `steps` over a split in file order gives.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn evaluate(&mut self, split: Split, steps: &[Step]) -> Result<Vec<Evaluated>> {
        match self {
            Self::Gpu(e) => e.evaluate(split, steps).await,
            Self::Cpu(e) => e.evaluate(split, steps),
        }
    }

    /// Outputs for one batch of at most [`PREDICTION_BATCH`] samples, given as the input `name`.
    ///
    /// # Errors
    /// When sizes differ or the device is lost.
    pub async fn predict(&mut self, name: &str, x: &Data<f32>) -> Result<Vec<f32>> {
        match self {
            Self::Gpu(e) => e.predict(name, x).await,
            Self::Cpu(e) => e.predict(name, x),
        }
    }
}
