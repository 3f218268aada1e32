//! Training steps of a workload, timed.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Instant};

use serde_json::{Value, json};

use super::{
    about,
    clock::{Limits, blocks, median},
    inputs::{Batches, Inputs},
    joined, open,
};
use crate::{
    bench::{Training, Workload},
    cli::Failure,
    train::{Device, DeviceChoice},
};

/// Steps of a block, as in bench/common/spec.ts.
fn block_size(workload: Workload) -> usize {
    if workload.name == "W3" { 5 } else { 10 }
}

/// A training under way.
pub struct Run<'a> {
    training: &'a mut Training,
    batches: &'a Batches,
    steps: usize,
    losses: BTreeMap<usize, f32>,
}

impl<'a> Run<'a> {
    /// Nothing done yet.
    pub fn new(training: &'a mut Training, batches: &'a Batches) -> Self {
        Self { training, batches, steps: 0, losses: BTreeMap::new() }
    }

    /// `count` steps, and the last one's loss.
    pub fn block(&mut self, count: usize) -> Result<(), Failure> {
        for step in self.steps..self.steps + count {
            if self.training.stage(&self.batches.at(step))? {
                pollster::block_on(self.training.flush())?;
            }
        }
        self.steps += count;
        self.losses.insert(self.steps, pollster::block_on(self.training.finish())?);
        Ok(())
    }
}

/// Times a workload from the opening of the device on.
pub fn time(
    workload: Workload,
    choice: DeviceChoice,
    inputs: Option<&Inputs>,
    limits: &Limits,
) -> Result<Value, Failure> {
    let start = Instant::now();
    let device = open(choice)?;
    let mut training = pollster::block_on(Training::new(workload, &device))?;
    let batches = match inputs {
        Some(inputs) => {
            let values = inputs.parameters(workload, training.parameters())?;
            training.set_parameters(&values)?;
            inputs.batches(&training)?
        }
        None => Batches::made_up(training.about(), training.batch()),
    };
    let mut run = Run::new(&mut training, &batches);
    run.block(1)?;
    let first = start.elapsed();

    let size = block_size(workload);
    run.block(size - 1)?; // warm; blocks then end on multiples of their size
    let (before, steps) = (counted(&device), run.steps);
    let times = blocks(limits.seconds, 3, size, || run.block(size))?;
    let timed = run.steps - steps;
    let counts: BTreeMap<_, _> =
        counted(&device).into_iter().map(|(name, n)| (name, (n - before[name]) as f64 / timed as f64)).collect();
    while run.steps < limits.loss_steps {
        run.block(size)?;
    }
    let result = json!({
        "workload": workload.name, "msPerStep": median(&times), "blocks": times, "firstStepMs": first.as_secs_f64() * 1e3,
        "losses": run.losses, "counts": counts,
    });
    Ok(joined(result, about(&device)))
}

/// What the device has made and done so far; nothing on a CPU.
fn counted(device: &Device) -> BTreeMap<&'static str, u64> {
    let Device::Gpu(gpu) = device else { return BTreeMap::new() };
    let counts = gpu.counts();
    [
        ("dispatch", &counts.dispatches),
        ("submit", &counts.submissions),
        ("bindGroup", &counts.bind_groups),
        ("createBuffer", &counts.buffers),
        ("pipeline", &counts.pipelines),
    ]
    .into_iter()
    .map(|(name, n)| (name, n.load(Ordering::Relaxed)))
    .collect()
}
