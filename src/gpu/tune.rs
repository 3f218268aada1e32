//! Finds out which of several kernels for an op is fastest on this device.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use web_time::Instant;

use super::{Executor, Gpu};
use crate::{
    cpu::Step,
    error::Result,
    graph::{Graph, Type},
    kernels::Target,
    ops::{Lowering, Op},
    plan::Plan,
};

/// Seconds that a timed submission should take at least, or the time of a submission is what is measured.
const SUBMISSION: f64 = 0.002;
/// Timed submissions of a kernel; the fastest counts.
const REPEATS: usize = 3;

/// What was measured of an op.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// [`crate::kernels::Call::key`] of the portable kernel.
    pub key: String,
    /// Each kernel and its time in seconds; none: the device refused it.
    pub kernels: Vec<(&'static str, Option<f64>)>,
}

impl Timed {
    /// The fastest kernel.
    pub fn best(&self) -> Option<&'static str> {
        let timed = self.kernels.iter().filter_map(|&(name, seconds)| Some((name, seconds?)));
        timed.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(name, _)| name)
    }
}

/// Times kernels, op by op, so that training can go on in between.
pub struct Tuner {
    gpu: Gpu,
    left: VecDeque<Task>,
    /// Seconds spent, and how many may be.
    spent: f64,
    budget: f64,
    timed: Vec<Timed>,
}

/// An op whose kernels are to be timed.
struct Task {
    key: String,
    op: Arc<dyn Op>,
    inputs: Vec<Type>,
    kernels: Vec<&'static str>,
}

impl Tuner {
    /// For the ops of these graphs that have a choice and none was made yet, the largest first: they matter most.
    pub fn new<'a>(gpu: &Gpu, graphs: impl IntoIterator<Item = &'a Graph>, budget: f64) -> Self {
        let target = gpu.target();
        let mut tasks: BTreeMap<String, (u64, Task)> = BTreeMap::new();
        for graph in graphs {
            for node in &graph.nodes {
                let types = |ids: &[_]| ids.iter().map(|&id| graph.ty(id).clone()).collect::<Vec<_>>();
                let (inputs, outputs) = (types(&node.inputs), types(&node.outputs));
                let Lowering::Kernel(portable) = node.op.lower(&inputs, &outputs) else { continue };
                let variants = node.op.variants(&inputs, &outputs, &target);
                let key = portable.key();
                if variants.is_empty() || target.choices.contains_key(&key) {
                    continue;
                }
                let flops = node.op.flops(&inputs, &outputs);
                let kernels = [portable].iter().chain(&variants).map(|call| call.kernel.name).collect();
                let task = Task { key: key.clone(), op: node.op.clone(), inputs, kernels };
                tasks.entry(key).or_insert((0, task)).0 += flops;
            }
        }
        let mut tasks: Vec<_> = tasks.into_values().collect();
        tasks.sort_by_key(|(flops, _)| std::cmp::Reverse(*flops));
        let left = tasks.into_iter().map(|(_, task)| task).collect();
        Self { gpu: gpu.clone(), left, spent: 0.0, budget, timed: Vec::new() }
    }

    /// Times the kernels of the next op. The answer is whether there is more to do, and time for it.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn next(&mut self) -> Result<bool> {
        let Some(task) = self.left.pop_front() else { return Ok(false) };
        let start = Instant::now();
        let mut kernels = Vec::new();
        for &kernel in &task.kernels {
            let seconds = task.time(&self.gpu, kernel).await;
            self.gpu.check()?;
            kernels.push((kernel, seconds.ok()));
        }
        self.timed.push(Timed { key: task.key, kernels });
        self.spent += start.elapsed().as_secs_f64();
        Ok(!self.left.is_empty() && self.spent < self.budget)
    }

    /// What was measured so far.
    pub fn timed(&self) -> &[Timed] {
        &self.timed
    }

    /// The fastest kernels so far, for [`Gpu::prefer`].
    pub fn choices(&self) -> BTreeMap<String, String> {
        self.timed.iter().filter_map(|timed| Some((timed.key.clone(), timed.best()?.to_owned()))).collect()
    }
}

impl Task {
    /// Seconds that a kernel takes, in a graph of its own.
    async fn time(&self, gpu: &Gpu, kernel: &str) -> Result<f64> {
        let mut graph = Graph::new();
        let name = |i: usize| format!("x{i}");
        let inputs: Vec<_> = self.inputs.iter().enumerate().map(|(i, ty)| graph.input(name(i), ty.clone())).collect();
        for (i, output) in graph.apply_shared(self.op.clone(), &inputs)?.into_iter().enumerate() {
            graph.output(format!("y{i}"), output);
        }
        let choices = BTreeMap::from([(self.key.clone(), kernel.to_owned())]);
        let plan = Plan::on(&graph, &Target { choices, ..gpu.target() })?;
        let executor = Executor::new(gpu, plan, None).await?;
        let run = async |times: usize| -> Result<f64> {
            let start = Instant::now();
            gpu.wait(executor.run(&vec![Step::default(); times])).await?;
            Ok(start.elapsed().as_secs_f64() / times as f64)
        };
        run(1).await?; // the first run may compile
        let times = ((SUBMISSION / run(1).await?) as usize).clamp(1, 32);
        let mut best = f64::INFINITY;
        for _ in 0..REPEATS {
            best = best.min(run(times).await?);
        }
        Ok(best)
    }
}
