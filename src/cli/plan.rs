//! `plan`: what the GPU does in a training step, and what that takes.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Failure, Outcome, failure::Of, input, output};
use crate::{
    model::{Purpose, build},
    plan::{Kind, Plan, Update},
    spec::{Experiment, PhaseSpec},
    train::{EVALUATION_BATCH, PREDICTION_BATCH, sizes},
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
    let plans = training(&experiment, &args.experiment)?;
    let memory = Memory::new(&experiment, &args.experiment, &plans)?;
    if args.json {
        output::print(&format!("{:#}\n", as_json(&plans, &memory)))?;
        return Ok(0);
    }
    for (phase, plan) in experiment.phases.iter().zip(&plans) {
        let title = if plans.len() > 1 { format!("phase {}\n", phase.name) } else { String::new() };
        output::print(&format!("{title}{plan}"))?;
    }
    output::print(&format!("{memory}\n"))?;
    Ok(0)
}

/// The plans of an experiment's training step, phase by phase; `file` is for messages.
pub(super) fn training(experiment: &Experiment, file: &Path) -> Result<Vec<Plan>, Failure> {
    let about = input::about(experiment)?;
    let (_, trained) = sizes(experiment, &about).of(file)?;
    let batch = experiment.training.batch_size.of(trained);
    let plan = |(phase, spec): (usize, &PhaseSpec)| {
        let built = build(experiment, &about, input::training(experiment, &about, phase)?, batch)?;
        let parameters: Vec<usize> = built.gradients.iter().map(|g| g.0).collect();
        let accumulate = experiment.training.accumulate.0 as u32;
        let update = Update { optimizer: &*spec.optimizer, parameters: &parameters, accumulate };
        Plan::new(&built.graph)?.with_update(&built.graph, &update)
    };
    experiment.phases.iter().enumerate().map(plan).collect::<Result<_, _>>().of(file)
}

/// GPU memory besides the data set. All plans share one buffer of parameters.
struct Memory {
    training: u64,
    evaluation: u64,
    prediction: u64,
}

impl Memory {
    fn new(experiment: &Experiment, file: &Path, training: &[Plan]) -> Result<Self, Failure> {
        let about = input::about(experiment)?;
        let (counts, trained) = sizes(experiment, &about).of(file)?;
        let own = |purpose, batch| -> Result<u64, Failure> {
            let plan = Plan::new(&build(experiment, &about, purpose, batch).of(file)?.graph).of(file)?;
            Ok(plan.own_memory_beside(&training[0]))
        };
        let evaluation = |split: usize| {
            own(Purpose::Evaluate { samples: about.counts[split], order: counts[split] }, EVALUATION_BATCH)
        };
        // What is held out for validation is evaluated where it lies: with the training samples.
        let held_out = if trained < counts[0] { evaluation(0)? } else { 0 };
        Ok(Self {
            training: training[0].memory()
                + training[1..].iter().map(|plan| plan.own_memory_beside(&training[0])).sum::<u64>(),
            evaluation: evaluation(1)? + held_out,
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

/// Buffers are counted plan by plan: each plan's follow those of the plans before it.
fn as_json(plans: &[Plan], memory: &Memory) -> serde_json::Value {
    let first = |index: usize| plans[..index].iter().map(|plan| plan.buffers.len()).sum::<usize>();
    let all = plans.iter().enumerate().flat_map(|(i, plan)| plan.dispatches.iter().map(move |d| (i, plan, d)));
    let dispatches = all.map(|(phase, plan, d)| {
        json!({
            "phase": phase, "ops": d.label, "layer": d.layer, "kernel": d.kernel, "workgroups": d.groups, "flops": d.flops,
            "bytes": plan.dispatch_bytes(d),
            "buffers": d.operands.iter().map(|slice| first(phase) + slice.buffer).collect::<Vec<_>>(),
        })
    });
    let buffers =
        plans.iter().flat_map(|plan| &plan.buffers).map(|b| json!({ "kind": kind(&b.kind), "bytes": b.bytes }));
    json!({
        "dispatches": dispatches.collect::<Vec<_>>(),
        "buffers": buffers.collect::<Vec<_>>(),
        "flops": plans.iter().map(Plan::flops).sum::<u64>(),
        "bytes": plans.iter().map(Plan::traffic).sum::<u64>(),
        "memory": {
            "training": memory.training, "evaluation": memory.evaluation, "prediction": memory.prediction,
            "total": memory.total(), "data": plans[0].data_memory(),
        },
    })
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Input(name) => format!("input {name}"),
        Kind::Constant(number) => format!("constant {number}"),
        Kind::Parameters => "parameters".into(),
        Kind::Gradients => "gradients".into(),
        Kind::Measured => "measured statistics".into(),
        Kind::Moment(index) => format!("moment {index}"),
        Kind::Ring(metric) => format!("ring {}", metric),
        Kind::Output(name) => format!("output {name}"),
        Kind::Accumulated => "accumulated gradients".into(),
        Kind::Temporary => "temporary".into(),
    }
}
