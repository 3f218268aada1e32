//! `train`: arguments, what is checked before, and what is written after.

mod run;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::{Map, Value};

use super::{
    Failure, INTERRUPTED, Outcome, device,
    failure::Of,
    input,
    log::{End, Log, Place},
    output::Target,
    view::told,
};
use crate::{
    data::Samples,
    export,
    sample::{Sampler, score},
    spec::Count,
    train::{Device, DeviceChoice, Split, Trainer},
};
use run::Run;

/// Arguments of `train`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Train for so many steps instead of the experiment's epochs
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Option<u32>,
    /// Train for so many epochs instead of the experiment's
    #[arg(long, conflicts_with = "steps", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Seed of weights, order and dropout instead of the experiment's
    #[arg(long)]
    pub seed: Option<u32>,
    /// auto (a hardware GPU, else the CPU), gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Start from these parameters, a safetensors file
    #[arg(long, value_name = "IN.safetensors")]
    pub weights: Option<PathBuf>,
    /// Write the trained parameters there; Ctrl-C does too
    #[arg(long, value_name = "OUT.safetensors")]
    pub save: Option<PathBuf>,
    /// Write a JSON object a step, an epoch and at the end there; - is stdout
    #[arg(long, value_name = "LOG.jsonl")]
    pub log: Option<PathBuf>,
}

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Trains.
///
/// # Errors
/// Bad input, a device that fails, a loss that is not finite.
pub fn run(args: &Args) -> Outcome {
    let mut experiment = input::experiment(&args.experiment)?;
    let (save, log) = targets(args)?;
    if let Some(seed) = args.seed {
        experiment.training.seed = seed;
    }
    // With --steps the run ends by count: no number of epochs may end it before.
    if let Some(epochs) = args.epochs.or(args.steps) {
        experiment.training.epochs = Count(epochs as usize);
    }
    let tensors = args.weights.as_deref().map(input::tensors).transpose()?;
    let data = input::dataset(&experiment)?;
    let device = device::open(args.device)?;
    pollster::block_on(async {
        let mut trainer = Trainer::new(experiment, device, data.about.clone()).await.of(&args.experiment)?;
        if let (Some(path), Some(tensors)) = (&args.weights, tensors) {
            trainer.set_values(&export::parameters_from_file(trainer.parameters(), &tensors).of(path)?)?;
        }
        trainer.add_samples(Split::Train, 0, &data.splits[0]).await?;
        trainer.add_samples(Split::Test, 0, &data.splits[1]).await?;
        eprintln!("validation: {}", validation(&trainer));
        let [_, test] = data.splits;
        train(trainer, args.steps, save, &log, &test).await
    })
}

/// The files to be written, checked before anything is computed.
fn targets(args: &Args) -> Result<(Option<Target>, Place), Failure> {
    let target = |flag, path: &Option<PathBuf>| path.as_deref().map(|p| Target::new(flag, p)).transpose();
    let save = target("--save", &args.save)?;
    let log = match &args.log {
        Some(path) if path.as_os_str() == "-" => Place::Stdout,
        path => target("--log", path)?.map_or(Place::Nowhere, Place::File),
    };
    let clash = |flag, other| Err(Failure::input(flag, format!("is the same file as {other}")));
    if save.as_ref().is_some_and(|save| save.is(&args.experiment)) {
        return clash("--save", "EXPERIMENT");
    }
    if let Place::File(log) = &log {
        for (other, path) in [("EXPERIMENT", Some(&args.experiment)), ("--weights", args.weights.as_ref())] {
            if path.is_some_and(|path| log.is(path)) {
                return clash("--log", other);
            }
        }
        if save.as_ref().is_some_and(|save| save.is(log.path())) {
            return clash("--log", "--save");
        }
    }
    Ok((save, log))
}

/// Test sequences that are scored: more would say little more, and take long.
const SEQUENCES: usize = 2_000;

/// Metrics of whole sequences, made from the first test samples.
async fn sequences(run: &mut Run, samples: &Samples) -> Result<Map<String, Value>, Failure> {
    let metrics = run.trainer.experiment().training.metrics.clone();
    if !metrics.iter().any(|metric| metric.needs_sequences()) {
        return Ok(Map::new());
    }
    let mut sampler = Sampler::new(run.trainer.experiment(), run.trainer.about())?;
    sampler.set_values(&run.values().await?);
    Ok(score(&mut sampler, run.trainer.about(), samples, SEQUENCES, &metrics)?)
}

fn validation(trainer: &Trainer) -> String {
    match trainer.validation() {
        (Split::Train, _, count) => format!("the last {count} training samples, held out"),
        (Split::Test, _, count) => format!("the {count} test samples, since the experiment holds none out"),
    }
}

async fn train(trainer: Trainer, steps: Option<u32>, save: Option<Target>, log: &Place, samples: &Samples) -> Outcome {
    let log = Log::open(log)?;
    // Without a handler Ctrl-C ends the process, as everywhere: no reason not to train.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
        eprintln!("\nstopping after this submission; Ctrl-C again leaves at once, without saving");
    });
    let mut run = Run::new(trainer, log, steps);
    let result = run.train_until(&STOP).await;
    run.view.end();
    result?;
    let interrupted = STOP.load(Ordering::Relaxed);
    if !interrupted {
        run.test().await?; // a network that is lost is not saved
    }
    if let Some(target) = save {
        let values = run.values().await?;
        let values: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
        let tensors = export::parameters_to_file(run.trainer.parameters(), &values);
        target.write(&export::write(&tensors)?)?;
        eprintln!("saved {}", target.path().display());
    }
    // After Ctrl-C only now: whoever is in a hurry has their weights.
    let test = run.test().await?;
    let mut report = run.report(&test, "test_");
    let sequences = sequences(&mut run, samples).await?;
    report.extend(sequences.into_iter().map(|(name, value)| (format!("test_{name}"), value)));
    let adapter = run.trainer.device().adapter();
    let end = End {
        common: run.common("end"),
        test: report,
        seconds: run.seconds,
        device: run.trainer.device().name(),
        adapter: adapter.map(|a| a.name.clone()),
        software: matches!(run.trainer.device(), Device::Gpu(gpu) if gpu.adapter().software),
    };
    run.log.line(&end)?;
    run.log.flush()?;
    eprintln!(
        "{} steps in {:.2} s ({:.0} samples/s)  test: {}",
        end.common.step,
        end.seconds,
        end.common.samples_per_s,
        told(&end.test, "test_")
    );
    Ok(if interrupted { INTERRUPTED } else { 0 })
}
