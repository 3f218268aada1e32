//! The command line: parses arguments and hands over to [`trainyard::cli`].

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use trainyard::cli::{Outcome, bench, check, data, eval, grad, kernels, plan, predict, sample, train, tune};

/// Trains small neural networks on the GPU.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train an experiment
    Train(train::Args),
    /// Print loss and accuracy over the test samples as JSON
    Eval(eval::Args),
    /// Tell which digit a PNG or the pictures of an IDX file show
    Predict(predict::Args),
    /// Make text, sequences from sequences, or pictures from noise
    Sample(sample::Args),
    /// Write loss, output and the gradients of all parameters for one batch
    Grad(grad::Args),
    /// Write the data set as tensors
    Data(data::Args),
    /// Compare what the GPU computes with what the CPU does
    Check(check::Args),
    /// Print the dispatches, buffers, bytes and FLOPs of a training step
    Plan(plan::Args),
    /// Print the WGSL of a training step
    Kernels(kernels::Args),
    /// Time the kernels that the experiment's ops could have on this GPU
    Tune(tune::Args),
    /// Time training steps and matrix products
    Bench(bench::Args),
}

impl Command {
    fn run(&self) -> Outcome {
        match self {
            Self::Train(args) => train::run(args),
            Self::Eval(args) => eval::run(args),
            Self::Predict(args) => predict::run(args),
            Self::Sample(args) => sample::run(args),
            Self::Grad(args) => grad::run(args),
            Self::Data(args) => data::run(args),
            Self::Check(args) => check::run(args),
            Self::Plan(args) => plan::run(args),
            Self::Kernels(args) => kernels::run(args),
            Self::Tune(args) => tune::run(args),
            Self::Bench(args) => bench::run(args),
        }
    }
}

fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(status) => status.into(),
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.status.into()
        }
    }
}
