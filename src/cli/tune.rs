//! `tune`: which kernels are fastest on this adapter.

use std::path::PathBuf;

use super::{Failure, Outcome, failure::Of, input, output};
use crate::{
    gpu::{Gpu, Tuner},
    model::build,
    train::sizes,
};

/// Arguments of `tune`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Seconds that it may take
    #[arg(long, default_value_t = 60.0)]
    pub seconds: f64,
}

/// Times the kernels that the experiment's ops could have, and prints the table: the fastest is marked.
///
/// # Errors
/// Bad input, or no adapter.
pub fn run(args: &Args) -> Outcome {
    let file = &args.experiment;
    let experiment = input::experiment(file)?;
    let about = input::about(&experiment)?;
    let (_, trained) = sizes(&experiment, &about).of(file)?;
    let batch = experiment.training.batch_size.of(trained);
    let graph = |phase| build(&experiment, &about, input::training(&experiment, &about, phase)?, batch);
    let built: Vec<_> = (0..experiment.phases.len()).map(graph).collect::<Result<_, _>>().of(file)?;
    let gpu = pollster::block_on(Gpu::new()).map_err(Failure::from)?;
    let mut tuner = Tuner::new(&gpu, built.iter().map(|built| &built.graph), args.seconds);
    while pollster::block_on(tuner.next()).map_err(Failure::from)? {}
    let adapter = gpu.adapter();
    let kind = if adapter.software { ", a software adapter" } else { "" };
    output::print(&format!("{}{kind}\n", adapter.name))?;
    if tuner.timed().is_empty() {
        output::print("no op has more than one kernel here\n")?;
    }
    for timed in tuner.timed() {
        output::print(&format!("{}\n", timed.key))?;
        for &(kernel, seconds) in &timed.kernels {
            let time = seconds.map_or("refused by the device".into(), |seconds| format!("{:10.3} ms", 1e3 * seconds));
            let mark = if timed.best() == Some(kernel) { '*' } else { ' ' };
            output::print(&format!("  {mark} {kernel:<40} {time}\n"))?;
        }
    }
    Ok(0)
}
