//! `eval`: loss and accuracy over all test samples.

use std::path::PathBuf;

use serde::Serialize;

use super::{Outcome, device, failure::Of, input, output};
use crate::{
    error::Error,
    train::{DeviceChoice, Split, Trainer},
};

/// Arguments of `eval`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Trained parameters, a safetensors file
    #[arg(long)]
    pub weights: PathBuf,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

#[derive(Serialize)]
struct Report {
    test_loss: f32,
    test_accuracy: f32,
    samples: usize,
}

/// Evaluates; prints JSON.
///
/// # Errors
/// Bad input, or a device that fails.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let parameters = {
        let about = input::About::new(&experiment);
        let purpose = about.training(&experiment);
        crate::model::build(&experiment, &about.samples, purpose, 1).of(&args.experiment)?.graph.parameters
    };
    let values = input::weights(&args.weights, &parameters)?;
    let input::Loaded { data, about } = input::dataset(&experiment)?;
    let device = device::open(args.device)?;
    let test = pollster::block_on(async {
        let mut trainer = Trainer::new(experiment, device, about.samples, about.counts).await?;
        trainer.set_values(&values)?;
        trainer.add_samples(Split::Test, 0, &data.test.images, &data.test.labels)?;
        trainer.evaluate(Split::Test, 0, about.counts[1]).await
    })
    .of(&args.experiment)?;
    let report = Report { test_loss: test.loss as f32, test_accuracy: test.accuracy as f32, samples: test.count };
    let json = serde_json::to_string(&report).map_err(|e| Error::data("report", e.to_string()))?;
    output::print(&format!("{json}\n"))?;
    Ok(0)
}
