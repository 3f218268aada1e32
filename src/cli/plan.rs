//! `plan`: what the GPU does in a training step, and what that takes.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    Failure, Outcome,
    failure::Of,
    input::{self, About},
    output,
};
use crate::{
    model::{Purpose, build},
    plan::{Kind, Plan},
    spec::Experiment,
    train::{EVALUATION_BATCH, PREDICTION_BATCH},
};

/// Arguments of `plan`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the plan.
///
/// # Errors
/// Bad input.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let plan = training(&experiment, &args.experiment)?;
    let memory = Memory::new(&experiment, &args.experiment, &plan)?;
    output::print(&if args.json { format!("{:#}\n", as_json(&plan, &memory)) } else { format!("{plan}{memory}\n") })?;
    Ok(0)
}

/// The plan of an experiment's training step; `file` is for messages.
pub(super) fn training(experiment: &Experiment, file: &Path) -> Result<Plan, Failure> {
    let about = About::new(experiment);
    let batch = experiment.training.batch_size.0;
    let graph = build(experiment, &about.samples, about.training(experiment), batch).of(file)?.graph;
    Plan::new(&graph).and_then(|plan| plan.with_optimizer(&*experiment.optimizer)).of(file)
}

/// GPU memory besides the data set. All plans share one buffer of parameters.
struct Memory {
    training: u64,
    evaluation: u64,
    prediction: u64,
}

impl Memory {
    fn new(experiment: &Experiment, file: &Path, training: &Plan) -> Result<Self, Failure> {
        let About { samples, counts } = About::new(experiment);
        let own = |purpose, batch| -> Result<u64, Failure> {
            Ok(Plan::new(&build(experiment, &samples, purpose, batch).of(file)?.graph).of(file)?.own_memory())
        };
        let evaluation = |count| own(Purpose::Evaluate { samples: count, order: count }, EVALUATION_BATCH);
        // What is held out for validation is evaluated where it lies: with the training samples.
        let held_out = if experiment.data.validation > 0.0 { evaluation(counts[0])? } else { 0 };
        Ok(Self {
            training: training.memory(),
            evaluation: evaluation(counts[1])? + held_out,
            prediction: own(Purpose::Predict, PREDICTION_BATCH)?,
        })
    }

    fn total(&self) -> u64 {
        self.training + self.evaluation + self.prediction
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        write!(
            f,
            "with evaluation {:.2} MiB and prediction {:.2} MiB: {:.2} MiB ({} bytes)",
            mib(self.evaluation),
            mib(self.prediction),
            mib(self.total()),
            self.total()
        )
    }
}

fn as_json(plan: &Plan, memory: &Memory) -> serde_json::Value {
    let dispatches = plan.dispatches.iter().map(|d| {
        json!({
            "ops": d.label, "layer": d.layer, "kernel": d.kernel, "workgroups": d.groups, "flops": d.flops,
            "bytes": plan.dispatch_bytes(d),
            "buffers": d.operands.iter().map(|slice| slice.buffer).collect::<Vec<_>>(),
        })
    });
    let buffers = plan.buffers.iter().map(|b| json!({ "kind": kind(&b.kind), "bytes": b.bytes }));
    json!({
        "dispatches": dispatches.collect::<Vec<_>>(),
        "buffers": buffers.collect::<Vec<_>>(),
        "flops": plan.flops(),
        "bytes": plan.traffic(),
        "memory": {
            "training": memory.training, "evaluation": memory.evaluation, "prediction": memory.prediction,
            "total": memory.total(), "data": plan.data_memory(),
        },
    })
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Input(name) => format!("input {name}"),
        Kind::Constant(number) => format!("constant {number}"),
        Kind::Parameters => "parameters".into(),
        Kind::Gradients => "gradients".into(),
        Kind::Moment(index) => format!("moment {index}"),
        Kind::Ring(metric) => format!("ring {}", crate::plan::METRICS[*metric]),
        Kind::Output(name) => format!("output {name}"),
        Kind::Temporary => "temporary".into(),
    }
}
