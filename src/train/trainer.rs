//! A run: an experiment on a device, its data as they arrive, and the loop's state.

use std::collections::VecDeque;

use serde::Serialize;

use super::{
    Device, Engine, Schedule, Split,
    arrived::Arrived,
    engine::{EVALUATION_BATCH, Graphs, PREDICTION_BATCH, Rules},
    evaluation::{Evaluation, Tally},
};
use crate::{
    cpu::{Data, Step},
    data::{About, Samples},
    error::{Error, Result},
    gpu::Tuner,
    graph::Parameter,
    model::{Form, LayerInfo, Measure},
    optim::check_learning_rate,
    spec::{Experiment, Input, PhaseSpec},
};

/// What was measured at a step, before its update.
#[derive(Clone, Debug, PartialEq)]
pub struct StepMetrics {
    /// Steps done with it: 1 for the first.
    pub step: u32,
    /// What is minimised: of several phases, of the first that took part.
    pub loss: f32,
    /// Share of the labels that were right; none where nothing is right or wrong.
    pub accuracy: Option<f32>,
    /// [`Trainer::measures`], one after the other; of phases that rested, NaN.
    pub values: Vec<f32>,
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
    about: About,
    form: Form,
    arrived: [Arrived; 2],
    /// Samples trained on: the training split without what is held out.
    trained: usize,
    epochs: u32,
    /// Of each phase.
    learning_rates: Vec<f32>,
    layers: Vec<LayerInfo>,
    parameters: Vec<Parameter>,
    costs: Costs,
    /// Of each phase.
    measures: Vec<Vec<Measure>>,
    /// Of the steps whose metrics are still on the device: rows, and which phases took part.
    pending: VecDeque<(u32, Vec<bool>)>,
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
    /// Bytes of GPU memory besides the data set, evaluation's and prediction's included; 0 on the CPU.
    pub memory: u64,
}

fn rules(experiment: &Experiment) -> Rules<'_> {
    Rules {
        optimizers: experiment.phases.iter().map(|phase| &*phase.optimizer).collect(),
        accumulate: experiment.training.accumulate.0 as u32,
    }
}

/// Samples of the training and test splits, and how many of the former are trained on.
///
/// # Errors
/// [`Error::Spec`] when a batch is larger, or the data don't fit the task.
pub fn sizes(experiment: &Experiment, about: &About) -> Result<([usize; 2], usize)> {
    let form = Form::new(experiment, about)?;
    let counts = about.counts.map(|items| form.samples(items));
    let trained = experiment.data.trained(counts[0]);
    let batch = experiment.training.batch_size.of(trained);
    if batch > trained {
        let message = format!("{batch} is more than the {trained} samples to train on");
        return Err(Error::spec("training.batch_size", message));
    }
    Ok((counts, trained))
}

impl Trainer {
    /// Puts an experiment on a device.
    ///
    /// # Errors
    /// [`Error::Spec`] when the experiment does not fit the data, [`Error::Gpu`] when the device refuses.
    pub async fn new(experiment: Experiment, device: Device, about: About) -> Result<Self> {
        let form = Form::new(&experiment, &about)?;
        let (counts, trained) = sizes(&experiment, &about)?;
        let batch = experiment.training.batch_size.of(trained);
        let graphs = Graphs::new(&experiment, &about, counts, trained)?;
        let layers = graphs.train.iter().map(|built| &built.layers).max_by_key(|layers| layers.len());
        let layers = layers.cloned().unwrap_or_default();
        let parameters = graphs.train[0].graph.parameters.clone();
        let measures = graphs.measures();
        let mut flops = 0;
        if device.adapter().is_none() {
            for built in &graphs.train {
                flops += crate::plan::Plan::new(&built.graph)?.flops();
            }
        }
        let orders = counts.map(|count| (0..count).map(|sample| form.start(sample) as u32).collect());
        let engine = Engine::new(&device, graphs, &orders, &rules(&experiment)).await?;
        let costs = match &engine {
            Engine::Gpu(engine) => {
                let (dispatches, flops, memory) = engine.costs()?;
                Costs { dispatches, flops, memory }
            }
            Engine::Cpu(_) => Costs { flops, ..Costs::default() },
        };
        let seed = experiment.training.seed;
        let mut trainer = Self {
            schedule: Schedule::new(trained, batch, seed).windows(form.window()),
            epochs: experiment.training.epochs.0 as u32,
            learning_rates: experiment.phases.iter().map(|phase| phase.optimizer.learning_rate()).collect(),
            arrived: about.counts.map(Arrived::new),
            experiment,
            device,
            engine,
            about,
            form,
            trained,
            layers,
            parameters,
            costs,
            measures,
            pending: VecDeque::new(),
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
        let batch = self.experiment.training.batch_size.of(self.trained);
        self.schedule = Schedule::new(self.trained, batch, seed).windows(self.form.window());
        self.epochs = self.experiment.training.epochs.0 as u32;
        self.pending.clear();
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

    /// Items of a split from `start` on. May come in any order.
    ///
    /// # Errors
    /// When sizes don't fit, a label is no class, a number is not finite, or memory is out.
    pub async fn add_samples(&mut self, split: Split, start: usize, samples: &Samples) -> Result<()> {
        let count = self.about.check(samples, start)?;
        let arrived = &mut self.arrived[split as usize];
        if start + count > arrived.total() {
            let message = format!("{count} items from {start} on don't fit the {} of the split", arrived.total());
            return Err(Error::data("samples", message));
        }
        self.engine.make_room(split).await?;
        self.engine.write_data(split, start, samples)?;
        arrived.add(start, start + count);
        Ok(())
    }

    /// What times the kernels of training's ops, for so many seconds; nothing on the CPU.
    pub fn tuner(&self, budget: f64) -> Option<Tuner> {
        match &self.engine {
            Engine::Gpu(engine) => Some(engine.tuner(budget)),
            Engine::Cpu(_) => None,
        }
    }

    /// Samples of a split that have arrived without a gap.
    fn available(&self, split: Split) -> usize {
        self.form.samples(self.arrived[split as usize].prefix())
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
        let available = self.available(Split::Train);
        if self.schedule.at_start() && self.schedule.needs() <= available {
            self.engine.write_order(&self.schedule.order())?;
        }
        let mut steps = Vec::with_capacity(count * self.experiment.phases.len());
        let mut done = 0;
        while done < count && self.schedule.needs() <= available {
            let epoch = self.schedule.epochs() as usize;
            let step = self.schedule.next_step();
            let takes_part = |phase: &PhaseSpec| (phase.from..phase.until).contains(&epoch);
            let active: Vec<bool> = self.experiment.phases.iter().map(takes_part).collect();
            for ((phase, &rate), &active) in self.experiment.phases.iter().zip(&self.learning_rates).zip(&active) {
                let update = step.index / self.experiment.training.accumulate.0 as u32;
                let rate = rate * phase.optimizer.common().schedule.factor(step.index, self.total());
                let hyper = phase.optimizer.hyper(rate, update);
                steps.push(active.then_some(Step { hyper, ..step }));
            }
            self.pending.push_back((step.rows, active));
            done += 1;
        }
        if done > 0 {
            self.engine.train(&steps, &rules(&self.experiment)).await?;
        }
        Ok(done)
    }

    async fn collect(&mut self, wait: bool) -> Result<()> {
        for mut values in self.engine.metrics(wait).await? {
            let (rows, active) = self.pending.pop_front().unwrap_or((1, Vec::new()));
            self.reported += 1;
            let (mut loss, mut accuracy) = (None, None);
            let mut rest = &mut values[..];
            for (measures, active) in self.measures.iter().zip(active) {
                let (own, others) = rest.split_at_mut(measures.len());
                rest = others;
                if active {
                    let tally = Tally::new(measures, own, rows);
                    loss = loss.or(Some(tally.loss as f32));
                    accuracy = accuracy.or((tally.count > 0.0).then_some((tally.correct / tally.count) as f32));
                } else {
                    own.fill(f32::NAN);
                }
            }
            let loss = loss.unwrap_or(f32::NAN);
            self.finished.push(StepMetrics { step: self.reported, loss, accuracy, values });
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
        let end = (from + count).min(self.available(split));
        let mut steps = Vec::new();
        for cursor in (from..end).step_by(EVALUATION_BATCH) {
            let rows = EVALUATION_BATCH.min(end - cursor) as u32;
            let seed = self.schedule.seed();
            steps.push(Step { cursor: cursor as u32, index: cursor as u32, rows, seed, ..Step::default() });
        }
        let measured = self.engine.evaluate(split, &steps).await?;
        let mut evaluation = Evaluation::new(&self.measures[0], self.classes());
        for (step, batch) in steps.iter().zip(&measured) {
            evaluation.add(&self.measures[0], batch, step.rows);
        }
        evaluation.finish();
        Ok(evaluation)
    }

    /// Classes or tokens of what the network says; 0 where it says numbers.
    pub fn classes(&self) -> usize {
        crate::model::classes(&self.experiment, &self.about)
    }

    /// Where validation samples are: the split, the first, and how many.
    pub fn validation(&self) -> (Split, usize, usize) {
        let [train, test] = self.about.counts.map(|items| self.form.samples(items));
        if self.trained < train { (Split::Train, self.trained, train - self.trained) } else { (Split::Test, 0, test) }
    }

    /// Samples trained on in an epoch.
    pub fn trained(&self) -> usize {
        self.trained
    }

    /// Outputs (probabilities, where the loss has them) for samples given as `x` (numbers, or tokens).
    ///
    /// # Errors
    /// When `x` is not a whole number of samples.
    pub async fn predict(&mut self, x: &Data<f32>) -> Result<Vec<f32>> {
        self.outputs("x", self.form.x.shape.count(), x).await
    }

    /// Outputs of networks that make samples of nothing but noise: as many as `noise` is for, of standard normal
    /// numbers.
    ///
    /// # Errors
    /// When the networks take something else, or the noise is not for a whole number of samples.
    pub async fn generate(&mut self, noise: &[f32]) -> Result<Vec<f32>> {
        let first = self.experiment.network(&self.experiment.predict[0])?;
        let Input::Noise(size) = first.input else {
            return Err(Error::data("noise", format!("is not what `{}` takes", first.name)));
        };
        self.outputs("noise", size, &Data::Floats(noise.to_vec())).await
    }

    async fn outputs(&mut self, name: &str, size: usize, x: &Data<f32>) -> Result<Vec<f32>> {
        let len = match x {
            Data::Floats(x) => x.len(),
            Data::Ints(x) => x.len(),
            Data::Bytes(x) => x.len(),
        };
        if len == 0 || !len.is_multiple_of(size) {
            return Err(Error::data("samples", format!("{len} numbers are no whole number of samples of {size}")));
        }
        let mut outputs = Vec::new();
        for start in (0..len).step_by(PREDICTION_BATCH * size) {
            let range = start..(start + PREDICTION_BATCH * size).min(len);
            let batch = match x {
                Data::Floats(x) => Data::Floats(x[range].to_vec()),
                Data::Ints(x) => Data::Ints(x[range].to_vec()),
                Data::Bytes(_) => return Err(Error::data("samples", "are bytes, expected numbers or tokens")),
            };
            outputs.extend(self.engine.predict(name, &batch).await?);
        }
        Ok(outputs)
    }

    /// Changes the learning rate from the next step on: of the first phase; the others' in proportion.
    ///
    /// # Errors
    /// When it is not a positive number.
    pub fn set_learning_rate(&mut self, rate: f32) -> Result<()> {
        check_learning_rate(rate)?;
        let factor = rate / self.learning_rates[0];
        self.learning_rates.iter_mut().for_each(|rate| *rate *= factor);
        Ok(())
    }

    /// The learning rate of the next step, of the first phase.
    pub fn learning_rate(&self) -> f32 {
        let schedule = &self.experiment.phases[0].optimizer.common().schedule;
        let step = self.schedule.steps().min(self.total().saturating_sub(1));
        self.learning_rates[0] * schedule.factor(step, self.total())
    }

    /// Steps of the whole run, which schedules refer to.
    fn total(&self) -> u32 {
        self.epochs.saturating_mul(self.schedule.steps_per_epoch())
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
            train_available: self.available(Split::Train),
            test_available: self.available(Split::Test),
        }
    }

    /// All parameters, in the engine's layout.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn values(&mut self) -> Result<Vec<Vec<f32>>> {
        self.engine.parameters().await
    }

    /// Writes all parameters, in the engine's layout, and forgets the optimizers' moments.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn set_values(&mut self, values: &[Vec<f32>]) -> Result<()> {
        self.engine.set_parameters(values)
    }

    /// All tensors that a file holds: trained, frozen, running.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// One line a layer.
    pub fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    /// What a step measures, phase by phase.
    pub fn measures(&self) -> &[Vec<Measure>] {
        &self.measures
    }

    /// What trains.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The experiment.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// What it trains on.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What a step takes.
    pub fn costs(&self) -> Costs {
        self.costs
    }
}
