//! `eval`: loss and accuracy over all test samples.

use std::path::PathBuf;

use serde_json::{Map, Value};

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

/// Evaluates; prints JSON.
///
/// # Errors
/// Bad input, or a device that fails.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let parameters = crate::model::all_parameters(&experiment, &input::about(&experiment)?).of(&args.experiment)?;
    let values = input::weights(&args.weights, &parameters)?;
    let data = input::dataset(&experiment)?;
    let device = device::open(args.device)?;
    let (test, metrics) = pollster::block_on(async {
        let mut trainer = Trainer::new(experiment, device, data.about.clone()).await?;
        trainer.set_values(&values)?;
        trainer.add_samples(Split::Test, 0, &data.splits[1]).await?;
        let count = trainer.progress().test_available;
        let test = trainer.evaluate(Split::Test, 0, count).await?;
        Ok::<_, Error>((test, trainer.experiment().training.metrics.clone()))
    })
    .of(&args.experiment)?;
    let mut report: Map<String, Value> =
        test.report(&metrics).into_iter().map(|(name, value)| (format!("test_{name}"), value)).collect();
    report.insert("samples".into(), test.count.into());
    output::print(&format!("{}\n", Value::Object(report)))?;
    Ok(0)
}
