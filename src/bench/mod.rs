//! The workloads of the benchmarks: what other libraries are compared on, with the same weights and batches.
//!
//! A step is the product's own: the same graph, plan and engine as [`crate::train::Trainer`] uses. Only the samples come
//! otherwise: each step's batch is uploaded when the step is made, as other libraries do it.

mod gemm;
mod training;

pub use gemm::Gemm;
pub use training::{Planned, Training};

use crate::{
    data::{About, Column},
    error::{Error, Result},
    spec::Experiment,
};

/// Steps of one submission, and batches on the device.
pub const RING: usize = 10;

/// A model to train.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// `W1`, …
    pub name: &'static str,
    /// Its experiment's text.
    experiment: &'static str,
    /// What x is; y is a label of ten, or the next token.
    x: fn() -> Column,
    /// Parameters that stay as they are.
    frozen: &'static [&'static str],
}

/// The models. W4 is [`Gemm`].
pub const WORKLOADS: [Workload; 4] = [
    Workload { name: "W1", experiment: include_str!("w1.json"), x: digit, frozen: &[] },
    Workload { name: "W2", experiment: include_str!("w2.json"), x: digit, frozen: &[] },
    Workload { name: "W3", experiment: include_str!("w3.json"), x: text, frozen: &[] },
    // PyTorch's two biases are one in the other libraries.
    Workload { name: "W5", experiment: include_str!("w5.json"), x: digit, frozen: &["model.1.bias_hh_l0"] },
];

fn digit() -> Column {
    Column::pixels(&[1, 28, 28])
}

/// Tokens of a sample, and the one after them.
fn text() -> Column {
    Column::tokens(65, (0..65).map(|token| token.to_string()).collect())
}

impl Workload {
    /// The workload of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self> {
        let found = WORKLOADS.into_iter().find(|workload| workload.name == name);
        found.ok_or_else(|| Error::data("workload", format!("`{name}` is not known, expected W1, W2, W3 or W5")))
    }

    /// The experiment.
    ///
    /// # Errors
    /// None, as a test sees to it.
    pub fn experiment(&self) -> Result<Experiment> {
        Experiment::from_json(self.experiment)
    }

    /// A data set of [`RING`] batches.
    pub fn about(&self, batch: usize) -> About {
        let x = (self.x)();
        let y = x.classes().is_none().then(|| Column::labels(10));
        About { x, y, counts: [RING * batch, batch], stream: false, padding: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::Samples, train::Device};

    #[test]
    fn every_workload_trains() {
        for workload in WORKLOADS {
            let device = Device::Cpu { reason: "a test".into() };
            let mut training = pollster::block_on(Training::new(workload, &device)).unwrap();
            let (items, about) = (training.batch(), workload.about(training.batch()));
            let x = (0..items * about.x.item_bytes()).map(|i| (i * 7 % 61) as u8).collect();
            let y = about.y.map_or(Vec::new(), |_| (0..items).map(|i| (i % 10) as u8).collect());
            let samples = Samples { x, y };
            let mut losses = Vec::new();
            for _ in 0..3 {
                training.stage(&samples).unwrap();
                losses.push(pollster::block_on(training.finish()).unwrap());
            }
            assert!(losses[2] < losses[0], "{}: {losses:?}", workload.name);
        }
    }

    #[test]
    fn products_are_chained() {
        let device = Device::Cpu { reason: "a test".into() };
        let (a, c) = ([0.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]);
        let mut gemm = pollster::block_on(Gemm::new(2, &a, &c, &device)).unwrap();
        gemm.step().unwrap();
        gemm.step().unwrap(); // a is a square root of 2 ×
        assert_eq!(pollster::block_on(gemm.finish()).unwrap(), [2.0, 4.0]);
    }
}
