//! A run: an experiment on a device, its data as they arrive, and the loop's state.

use std::collections::VecDeque;

use serde::Serialize;

use super::{
    Device, Engine, Schedule, Split,
    engine::{EVALUATION_BATCH, Graphs, PREDICTION_BATCH},
};
use crate::{
    cpu::Step,
    error::{Error, Result},
    graph::Parameter,
    model::{LayerInfo, Samples},
    optim::check_learning_rate,
    spec::Experiment,
};

/// What was measured at a step, before its update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepMetrics {
    /// Steps done with it: 1 for the first.
    pub step: u32,
    /// Mean over the batch.
    pub loss: f32,
    /// Share of the batch that was right; 0 when accuracy is not among the metrics.
    pub accuracy: f32,
}

/// What was measured over a range of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Mean.
    pub loss: f64,
    /// Share that was right.
    pub accuracy: f64,
    /// Samples.
    pub count: usize,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Steps done or submitted.
    pub step: u32,
    /// Whole epochs done.
    pub epoch: u32,
    /// Epochs wanted.
    pub epochs: u32,
    /// Steps of an epoch.
    pub steps_per_epoch: u32,
    /// Whether all epochs are done.
    pub finished: bool,
    /// Training samples that have arrived without a gap.
    pub train_available: usize,
    /// Test samples that have arrived without a gap.
    pub test_available: usize,
}

/// A run.
pub struct Trainer {
    experiment: Experiment,
    device: Device,
    engine: Engine,
    schedule: Schedule,
    samples: Samples,
    arrived: [Arrived; 2],
    /// Samples trained on: the training split without what is held out.
    trained: usize,
    epochs: u32,
    learning_rate: f32,
    layers: Vec<LayerInfo>,
    parameters: Vec<Parameter>,
    costs: Costs,
    /// Rows of the steps whose metrics are still on the device.
    rows: VecDeque<u32>,
    finished: Vec<StepMetrics>,
    reported: u32,
}

/// What a step takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Dispatches of a step; 0 on the CPU.
    pub dispatches: usize,
    /// Floating-point operations of a step.
    pub flops: u64,
    /// Bytes of GPU memory besides the data set; 0 on the CPU.
    pub memory: u64,
}

/// Which samples of a split have arrived.
#[derive(Clone, Debug)]
struct Arrived {
    total: usize,
    ranges: Vec<(usize, usize)>,
}

impl Arrived {
    /// Samples from the first on, without a gap.
    fn prefix(&self) -> usize {
        let mut end = 0;
        for &(start, stop) in &self.ranges {
            if start > end {
                break;
            }
            end = end.max(stop);
        }
        end
    }

    fn add(&mut self, start: usize, stop: usize) {
        self.ranges.push((start, stop));
        self.ranges.sort_unstable();
    }
}

impl Trainer {
    /// Puts an experiment on a device. `counts`: samples of the training and test splits.
    ///
    /// # Errors
    /// [`Error::Spec`] when the experiment does not fit the data, [`Error::Gpu`] when the device refuses.
    pub async fn new(experiment: Experiment, device: Device, samples: Samples, counts: [usize; 2]) -> Result<Self> {
        let trained = experiment.data.trained(counts[0]);
        let batch = experiment.training.batch_size.0;
        if batch > trained {
            let message = format!("{batch} is more than the {trained} samples to train on");
            return Err(Error::spec("training.batch_size", message));
        }
        let graphs = Graphs::new(&experiment, &samples, counts, trained)?;
        let layers = graphs.train.layers.clone();
        let parameters = graphs.train.graph.parameters.clone();
        let flops = crate::plan::Plan::new(&graphs.train.graph)?.flops();
        let engine = Engine::new(&device, graphs, &*experiment.optimizer).await?;
        let costs = match &engine {
            Engine::Gpu(engine) => {
                let (dispatches, flops, memory) = engine.costs();
                Costs { dispatches, flops, memory }
            }
            Engine::Cpu(_) => Costs { flops, ..Costs::default() },
        };
        let seed = experiment.training.seed;
        let mut trainer = Self {
            schedule: Schedule::new(trained, batch, seed),
            epochs: experiment.training.epochs.0 as u32,
            learning_rate: experiment.optimizer.learning_rate(),
            arrived: counts.map(|total| Arrived { total, ranges: Vec::new() }),
            experiment,
            device,
            engine,
            samples,
            trained,
            layers,
            parameters,
            costs,
            rows: VecDeque::new(),
            finished: Vec::new(),
            reported: 0,
        };
        trainer.reset(seed)?;
        Ok(trainer)
    }

    /// Starts over with fresh parameters.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn reset(&mut self, seed: u32) -> Result<()> {
        self.schedule = Schedule::new(self.trained, self.experiment.training.batch_size.0, seed);
        self.epochs = self.experiment.training.epochs.0 as u32;
        self.rows.clear();
        self.finished.clear();
        self.reported = 0;
        let values: Vec<Vec<f32>> = self
            .parameters
            .iter()
            .zip(0..)
            .map(|(p, stream)| p.init.sample(seed, stream, p.shape.count(), p.fans))
            .collect();
        self.engine.set_parameters(&values)
    }

    /// Samples `start..` of a split: items (bytes) and one label each. May come in any order.
    ///
    /// # Errors
    /// When sizes don't fit or a label is no class.
    pub fn add_samples(&mut self, split: Split, start: usize, items: &[u8], labels: &[u8]) -> Result<()> {
        let size = self.samples.shape.count();
        let arrived = &mut self.arrived[split as usize];
        let stop = start + labels.len();
        if items.len() != labels.len() * size || stop > arrived.total {
            let message = format!(
                "{} bytes and {} labels at {start} don't fit {} samples of {size} bytes",
                items.len(),
                labels.len(),
                arrived.total
            );
            return Err(Error::data("samples", message));
        }
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= self.samples.classes) {
            return Err(Error::data("samples", format!("label {label} is none of {} classes", self.samples.classes)));
        }
        self.engine.write_data(split, start, items, labels)?;
        arrived.add(start, stop);
        Ok(())
    }

    /// Runs or submits at most `max_steps` steps, fewer where the device's pace, the epoch's end or
    /// data still to come say so; the answer is how many: 0 when all epochs are done or data are
    /// awaited. Resolves when at most one submission is in flight.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn advance(&mut self, max_steps: usize) -> Result<usize> {
        let mut count = max_steps.min(self.schedule.left() as usize).min(self.engine.appetite());
        if self.schedule.epochs() >= self.epochs {
            return Ok(0);
        }
        if count == 0 && max_steps > 0 {
            // The metrics ring is full of steps that nobody has read.
            self.collect(true).await?;
            count = 1;
        }
        if self.schedule.at_start() && self.schedule.needs() <= self.arrived[0].prefix() {
            self.engine.write_order(&self.schedule.order())?;
        }
        let mut steps = Vec::with_capacity(count);
        while steps.len() < count && self.schedule.needs() <= self.arrived[0].prefix() {
            let step = self.schedule.next_step();
            let hyper = self.experiment.optimizer.hyper(self.learning_rate, step.index);
            steps.push(Step { hyper, ..step });
            self.rows.push_back(step.rows);
        }
        if !steps.is_empty() {
            self.engine.train(&steps, &*self.experiment.optimizer).await?;
        }
        Ok(steps.len())
    }

    async fn collect(&mut self, wait: bool) -> Result<()> {
        for [loss, correct] in self.engine.metrics(wait).await? {
            let rows = self.rows.pop_front().unwrap_or(1);
            self.reported += 1;
            self.finished.push(StepMetrics { step: self.reported, loss, accuracy: correct / rows as f32 });
        }
        Ok(())
    }

    /// What steps measured that finished since the last call; with `wait`, of all steps.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn metrics(&mut self, wait: bool) -> Result<Vec<StepMetrics>> {
        self.collect(wait).await?;
        Ok(std::mem::take(&mut self.finished))
    }

    /// Measures samples `from..from + count` of a split, as far as they have arrived.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn evaluate(&mut self, split: Split, from: usize, count: usize) -> Result<Evaluation> {
        let end = (from + count).min(self.arrived[split as usize].prefix());
        let mut steps = Vec::new();
        for cursor in (from..end).step_by(EVALUATION_BATCH) {
            let rows = EVALUATION_BATCH.min(end - cursor) as u32;
            steps.push(Step { cursor: cursor as u32, rows, ..Step::default() });
        }
        let measured = self.engine.evaluate(split, &steps).await?;
        let mut sum = Evaluation::default();
        for (step, [loss, correct]) in steps.iter().zip(measured) {
            sum.loss += f64::from(loss) * f64::from(step.rows);
            sum.accuracy += f64::from(correct);
            sum.count += step.rows as usize;
        }
        let count = sum.count.max(1) as f64;
        Ok(Evaluation { loss: sum.loss / count, accuracy: sum.accuracy / count, count: sum.count })
    }

    /// Where validation samples are: the split, the first, and how many.
    pub fn validation(&self) -> (Split, usize, usize) {
        let total = self.arrived[0].total;
        if self.trained < total {
            (Split::Train, self.trained, total - self.trained)
        } else {
            (Split::Test, 0, self.arrived[1].total)
        }
    }

    /// Outputs (probabilities, where the loss is cross-entropy) for samples of 0..1.
    ///
    /// # Errors
    /// When `x` is not a whole number of samples.
    pub async fn predict(&mut self, x: &[f32]) -> Result<Vec<f32>> {
        let size = self.samples.shape.count();
        if x.is_empty() || !x.len().is_multiple_of(size) {
            return Err(Error::data(
                "samples",
                format!("{} numbers are no whole number of samples of {size}", x.len()),
            ));
        }
        let mut outputs = Vec::new();
        for batch in x.chunks(PREDICTION_BATCH * size) {
            let wanted = batch.len() / size * self.samples.classes;
            let result = self.engine.predict(batch).await?;
            outputs.extend_from_slice(&result[..wanted]);
        }
        Ok(outputs)
    }

    /// Changes the learning rate from the next step on.
    ///
    /// # Errors
    /// When it is not a positive number.
    pub fn set_learning_rate(&mut self, rate: f32) -> Result<()> {
        check_learning_rate(rate)?;
        self.learning_rate = rate;
        Ok(())
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    /// Wants more epochs.
    pub fn add_epochs(&mut self, epochs: u32) {
        self.epochs = self.epochs.saturating_add(epochs);
    }

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        Progress {
            step: self.schedule.steps(),
            epoch: self.schedule.epochs(),
            epochs: self.epochs,
            steps_per_epoch: self.schedule.steps_per_epoch(),
            finished: self.schedule.epochs() >= self.epochs,
            train_available: self.arrived[0].prefix(),
            test_available: self.arrived[1].prefix(),
        }
    }

    /// All parameters, in the engine's layout.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn values(&mut self) -> Result<Vec<Vec<f32>>> {
        self.engine.parameters().await
    }

    /// Writes all parameters, in the engine's layout.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn set_values(&mut self, values: &[Vec<f32>]) -> Result<()> {
        self.engine.set_parameters(values)
    }

    /// The trained tensors.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// One line a layer.
    pub fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    /// What trains.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The experiment.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// What a step takes.
    pub fn costs(&self) -> Costs {
        self.costs
    }
}
