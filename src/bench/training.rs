//! Trains a workload on batches that are given step by step.

use serde::Serialize;

use super::{RING, Workload};
use crate::{
    cpu::Step,
    data::{About, Samples},
    error::{Error, Result},
    graph::Parameter,
    model::Measure,
    plan::{Dispatch, Plan},
    spec::Experiment,
    train::{Device, Engine, Graphs, Rules, Split, Tally},
};

/// A dispatch of a training step.
#[derive(Debug, Serialize)]
pub struct Planned<'a> {
    /// The ops that it computes.
    pub label: &'a str,
    /// Its shader.
    pub kernel: &'a str,
    /// Additions and multiplications.
    pub flops: u64,
    /// Bytes that it reads and writes.
    pub bytes: u64,
}

impl<'a> Planned<'a> {
    fn new(plan: &Plan, dispatch: &'a Dispatch) -> Self {
        let Dispatch { label, kernel, flops, .. } = dispatch;
        Self { label, kernel, flops: *flops, bytes: plan.dispatch_bytes(dispatch) }
    }
}

/// A workload on a device.
pub struct Training {
    experiment: Experiment,
    about: About,
    engine: Engine,
    parameters: Vec<Parameter>,
    measures: Vec<Measure>,
    batch: usize,
    /// Steps whose batches are on the device and that are not submitted yet.
    staged: Vec<Option<Step>>,
    /// Steps staged so far.
    steps: u32,
    powers: Powers,
    /// Steps that are submitted at once: as many as the device holds batches, on a CPU each by itself.
    most: usize,
}

impl Training {
    /// Puts a workload on a device.
    ///
    /// # Errors
    /// When the device refuses.
    pub async fn new(workload: Workload, device: &Device) -> Result<Self> {
        let experiment = workload.experiment()?;
        let about = workload.about(experiment.training.batch_size.of(usize::MAX));
        Self::of(experiment, about, workload.frozen, device).await
    }

    /// Puts an experiment of one phase on a device. `about` tells of as many samples as [`RING`] batches, `frozen` names
    /// parameters that stay as they are.
    ///
    /// # Errors
    /// When the experiment does not fit, or the device refuses.
    pub async fn of(experiment: Experiment, about: About, frozen: &[&str], device: &Device) -> Result<Self> {
        let batch = experiment.training.batch_size.of(usize::MAX);
        let [train, test] = about.counts;
        let mut graphs = Graphs::new(&experiment, &about, [train, test], train)?;
        let built = &mut graphs.train[0];
        let parameters = built.graph.parameters.clone();
        built.gradients.retain(|&(index, _)| !frozen.contains(&parameters[index].name.as_str()));
        let measures = built.measures.clone();
        let orders = [train, test].map(|count| (0..count as u32).collect::<Vec<_>>());
        let rules = rules(&experiment);
        let mut engine = Engine::new(device, graphs, &orders, &rules).await?;
        engine.write_order(&orders[0])?;
        let values: Vec<_> =
            parameters.iter().zip(0..).map(|(p, i)| p.init.sample(1, i, p.shape.count(), p.fans)).collect();
        engine.set_parameters(&values)?;
        let most = if device.adapter().is_some() { RING } else { 1 };
        let staged = Vec::with_capacity(most);
        Ok(Self {
            experiment,
            about,
            engine,
            parameters,
            measures,
            batch,
            staged,
            steps: 0,
            powers: Powers([1.0; 2]),
            most,
        })
    }

    /// Samples of a batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The parameters, in the order of [`Training::set_parameters`].
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The dispatches of a step, in their order; none on the CPU.
    pub fn planned(&self) -> Vec<Planned<'_>> {
        let each = |plan| move |dispatch| Planned::new(plan, dispatch);
        self.engine.plans().into_iter().flat_map(|plan| plan.dispatches.iter().map(each(plan))).collect()
    }

    /// What samples are.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Writes all parameters, matrices of dense layers as \[in, out\].
    ///
    /// # Errors
    /// When sizes differ.
    pub fn set_parameters(&mut self, values: &[Vec<f32>]) -> Result<()> {
        let fits = |(p, v): (&Parameter, &Vec<f32>)| p.shape.count() == v.len();
        if values.len() != self.parameters.len() || !self.parameters.iter().zip(values).all(fits) {
            return Err(Error::data("parameters", "their sizes are not those of the model"));
        }
        self.engine.set_parameters(values)
    }

    /// Uploads the next step's batch. The answer is whether [`Training::flush`] must come before the next one.
    ///
    /// # Errors
    /// When it is not a whole batch.
    pub fn stage(&mut self, samples: &Samples) -> Result<bool> {
        let place = self.steps as usize % self.most * self.batch;
        if self.about.check(samples, place)? != self.batch {
            return Err(Error::data("batch", format!("expected {} samples", self.batch)));
        }
        self.engine.write_data(Split::Train, place, samples)?;
        let learning_rate = self.experiment.phases[0].optimizer.learning_rate();
        self.staged.push(Some(Step {
            slot: self.steps % crate::plan::RING_SLOTS as u32,
            index: self.steps,
            cursor: place as u32,
            rows: self.batch as u32,
            seed: self.experiment.training.seed,
            hyper: self.powers.hyper(learning_rate),
            ..Step::default()
        }));
        self.steps += 1;
        Ok(self.staged.len() == self.most)
    }

    /// Submits the staged steps at once. Resolves when at most one submission is in flight.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn flush(&mut self) -> Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let result = self.engine.train(&self.staged, &rules(&self.experiment)).await;
        self.staged.clear();
        result
    }

    /// Waits for all steps; the loss of the last one.
    ///
    /// # Errors
    /// When the device is lost, or there was no step since the last call.
    pub async fn finish(&mut self) -> Result<f32> {
        self.flush().await?;
        let last = self.engine.metrics(true).await?.pop();
        let values = last.ok_or_else(|| Error::data("loss", "no step was made since it was asked for"))?;
        Ok(Tally::new(&self.measures, &values, self.batch as u32).loss as f32)
    }
}

/// β₁ᵗ and β₂ᵗ of Adam in f32, as the other libraries have them. 1 − β₂ᵗ is off by 1e-5 that way, and the loss by 1e-3
/// after 200 steps; the product's own is exact ([`crate::optim`]), but here losses are to be compared.
struct Powers([f32; 2]);

impl Powers {
    /// As [`crate::optim::Optimizer::hyper`], of one step after another.
    fn hyper(&mut self, learning_rate: f32) -> [f32; 4] {
        let Self([first, second]) = self;
        *first *= 0.9;
        *second *= 0.999;
        [learning_rate, learning_rate / (1.0 - *first), (1.0 - *second).sqrt().recip(), 0.0]
    }
}

fn rules(experiment: &Experiment) -> Rules<'_> {
    Rules { optimizers: experiment.phases.iter().map(|phase| &*phase.optimizer).collect(), accumulate: 1 }
}
