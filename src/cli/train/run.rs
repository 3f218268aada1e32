//! The loop around the trainer: what to do until when, and what is told meanwhile.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use serde_json::{Map, Value};

use super::super::{
    Failure,
    log::{Common, Epoch, Log},
    view::View,
};
use crate::{
    spec::EarlyStopping,
    train::{Evaluation, Split, StepMetrics, Trainer},
};

/// Between readings of the metrics: 20 a second are smooth, and cost nothing.
const PAUSE: Duration = Duration::from_millis(50);

/// A run, what is known of it so far, and who is told.
pub struct Run {
    /// The run.
    pub trainer: Trainer,
    /// For programs.
    pub log: Log,
    /// For people.
    pub view: View,
    /// From before the first step to after the last, validation included.
    pub seconds: f64,
    /// Steps wanted.
    steps: u32,
    batch: u32,
    steps_per_epoch: u32,
    /// Samples of an epoch.
    samples: usize,
    epoch: Sum,
    total: Sum,
    last: Option<StepMetrics>,
    /// Samples per second since the last reading.
    rate: f64,
    /// The test samples, if they were measured after the last step.
    tested: Option<Evaluation>,
    /// With early stopping.
    best: Option<Best>,
    stopped: bool,
}

/// The parameters of the best epoch so far.
struct Best {
    loss: f64,
    values: Vec<Vec<f32>>,
    /// Epochs since then.
    worse: usize,
}

/// Over a range of steps.
#[derive(Default)]
struct Sum {
    loss: f64,
    correct: f64,
    /// Whether anything was right or wrong.
    judged: bool,
    samples: f64,
    /// Of training, without validation.
    seconds: f64,
}

impl Sum {
    fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.samples / self.seconds } else { 0.0 }
    }
}

impl Run {
    /// Of so many steps, or of the experiment's epochs.
    pub fn new(trainer: Trainer, log: Log, steps: Option<u32>) -> Self {
        let progress = trainer.progress();
        let steps_per_epoch = progress.steps_per_epoch;
        let steps = steps.unwrap_or(progress.epochs.saturating_mul(steps_per_epoch));
        let samples = trainer.trained();
        Self {
            view: View::new(steps),
            batch: trainer.experiment().training.batch_size.of(samples) as u32,
            trainer,
            log,
            seconds: 0.0,
            steps,
            steps_per_epoch,
            samples,
            epoch: Sum::default(),
            total: Sum::default(),
            last: None,
            rate: 0.0,
            tested: None,
            best: None,
            stopped: false,
        }
    }

    /// Trains until the steps are done or `stop` is set.
    ///
    /// # Errors
    /// A device that fails, a loss that is not finite, a log that can't be written.
    pub async fn train_until(&mut self, stop: &AtomicBool) -> Result<(), Failure> {
        let start = Instant::now();
        let mut read = Instant::now();
        loop {
            let before = self.trainer.progress();
            let left = self.steps.saturating_sub(before.step);
            if left == 0 || before.finished || self.stopped || stop.load(Ordering::Relaxed) {
                break;
            }
            if self.trainer.advance(left as usize).await? == 0 {
                return Err(Failure::other("training stands still: no samples have arrived"));
            }
            let epoch_over = self.trainer.progress().epoch > before.epoch;
            if epoch_over || read.elapsed() >= PAUSE {
                self.read(&mut read, epoch_over).await?;
            }
            if epoch_over {
                self.validate().await?;
                read = Instant::now(); // validation is not training
            }
        }
        self.read(&mut read, true).await?;
        if let Some(best) = self.best.take().filter(|best| best.worse > 0) {
            eprintln!("the parameters of the best validation loss, {:.4}, are kept", best.loss);
            self.trainer.set_values(&best.values)?;
            self.tested = None;
        }
        self.seconds = start.elapsed().as_secs_f64();
        Ok(())
    }

    /// Takes the metrics of finished steps, with `wait` of all; `since`: the last reading.
    async fn read(&mut self, since: &mut Instant, wait: bool) -> Result<(), Failure> {
        let measured = self.trainer.metrics(wait).await?;
        if measured.is_empty() {
            return Ok(());
        }
        let seconds = since.elapsed().as_secs_f64();
        *since = Instant::now();
        let samples: f64 = measured.iter().map(|m| f64::from(self.rows(m.step))).sum();
        self.rate = if seconds > 0.0 { samples / seconds } else { 0.0 };
        for metrics in measured {
            let rows = f64::from(self.rows(metrics.step));
            if metrics.step % self.steps_per_epoch == 1 || self.steps_per_epoch == 1 {
                self.epoch = Sum::default();
            }
            for sum in [&mut self.epoch, &mut self.total] {
                sum.loss += rows * f64::from(metrics.loss);
                sum.correct += rows * f64::from(metrics.accuracy.unwrap_or(0.0));
                sum.judged |= metrics.accuracy.is_some();
                sum.samples += rows;
                sum.seconds += seconds * rows / samples;
            }
            self.last = Some(metrics);
            self.tested = None;
            let line = self.common("step");
            if !line.loss.is_finite() {
                self.log.flush()?;
                return Err(self.diverged(&format!("the loss is {}", line.loss)));
            }
            self.log.line(&line)?;
            self.view.step(&line);
        }
        self.log.flush()
    }

    /// Samples of a step: the last of an epoch takes what is left.
    fn rows(&self, step: u32) -> u32 {
        let left = self.samples as u32 - (step - 1) % self.steps_per_epoch * self.batch;
        left.min(self.batch)
    }

    async fn validate(&mut self) -> Result<(), Failure> {
        let (split, from, count) = self.trainer.validation();
        let measured = self.trainer.evaluate(split, from, count).await?;
        if !measured.loss.is_finite() {
            return Err(self.diverged(&format!("the validation loss is {}", measured.loss)));
        }
        let line = Epoch { common: self.common("epoch"), validation: self.report(&measured, "val_") };
        self.log.line(&line)?;
        self.log.flush()?;
        self.view.epoch(&line);
        if let Some(stopping) = self.trainer.experiment().training.early_stopping {
            self.judge(measured.loss, stopping).await?;
        }
        if split == Split::Test && self.best.is_none() {
            self.tested = Some(measured);
        }
        Ok(())
    }

    /// Keeps the best parameters, and ends the run when validation has not got better for long.
    async fn judge(&mut self, loss: f64, stopping: EarlyStopping) -> Result<(), Failure> {
        let better = self.best.as_ref().is_none_or(|best| loss < best.loss - f64::from(stopping.min_delta));
        if better {
            self.best = Some(Best { loss, values: self.trainer.values().await?, worse: 0 });
        } else if let Some(best) = &mut self.best {
            best.worse += 1;
            self.stopped = best.worse >= stopping.patience.0;
        }
        Ok(())
    }

    /// Metrics by name, as the experiment asks for them.
    pub fn report(&self, evaluation: &Evaluation, prefix: &str) -> Map<String, Value> {
        let report = evaluation.report(&self.trainer.experiment().training.metrics);
        report.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)).collect()
    }

    /// Loss and accuracy over all test samples.
    ///
    /// # Errors
    /// A device that fails, a loss that is not finite.
    pub async fn test(&mut self) -> Result<Evaluation, Failure> {
        if let Some(tested) = &self.tested {
            return Ok(tested.clone());
        }
        let count = self.trainer.progress().test_available;
        let measured = self.trainer.evaluate(Split::Test, 0, count).await?;
        if !measured.loss.is_finite() {
            return Err(self.diverged(&format!("the test loss is {}", measured.loss)));
        }
        self.tested = Some(measured.clone());
        Ok(measured)
    }

    /// All parameters, in the engine's layout.
    ///
    /// # Errors
    /// A device that fails; one that is not finite: a step's loss is measured before its update.
    pub async fn values(&mut self) -> Result<Vec<Vec<f32>>, Failure> {
        let values = self.trainer.values().await?;
        let wrong = self.trainer.parameters().iter().zip(&values).find(|(_, v)| v.iter().any(|x| !x.is_finite()));
        match wrong {
            Some((parameter, _)) => Err(self.diverged(&format!("`{}` is not finite", parameter.name))),
            None => Ok(values),
        }
    }

    fn diverged(&self, what: &str) -> Failure {
        let Common { step, lr, .. } = self.common("step");
        Failure::other(format!("{what} at step {step}: training has diverged. A learning rate below {lr} may help"))
    }

    /// What every line of the log has, as of the last step that was read.
    pub fn common(&self, event: &'static str) -> Common {
        let step = self.last.as_ref().map_or(0, |m| m.step);
        let samples = self.epoch.samples.max(1.0);
        let accuracy = self.epoch.judged.then(|| (self.epoch.correct / samples) as f32);
        let mean = (self.epoch.loss / samples, accuracy);
        let (loss, accuracy, rate) = match (event, &self.last) {
            ("step", Some(m)) => (m.loss, m.accuracy, self.rate),
            ("epoch", _) => (mean.0 as f32, mean.1, self.epoch.rate()),
            _ => (mean.0 as f32, mean.1, self.total.rate()),
        };
        Common {
            event,
            step,
            epoch: step.saturating_sub(1) / self.steps_per_epoch + 1,
            loss,
            accuracy,
            lr: self.trainer.learning_rate(),
            samples_per_s: rate as f32,
        }
    }
}
