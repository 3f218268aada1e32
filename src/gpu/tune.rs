//! Finds out which of several kernels for an op is fastest on this device.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use web_time::Instant;

use super::{Executor, Gpu, MAX_STEPS};
use crate::{
    cpu::Step,
    error::Result,
    graph::{Graph, Type},
    kernels::Target,
    ops::{Lowering, Op},
    plan::Plan,
};

/// Seconds that a timed submission should take at least, or the time of a submission is what is measured: a millisecond or
/// two in a browser.
const SUBMISSION: f64 = 0.008;
/// Timed submissions of a kernel; the fastest counts.
const REPEATS: usize = 3;
/// A kernel whose first submission takes so many times as long as the fastest kernel is not timed again. Much: a single
/// one is also timed with the time of a submission.
const HOPELESS: f64 = 3.0;

/// What part of the time of the others a kernel may take that is taken only when timed: it has barriers, so nothing can
/// run beside it, and what was measured is a little different each time.
const CLEARLY: f64 = 0.8;

/// What was measured of an op.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timed {
    /// [`crate::kernels::Call::key`] of the portable kernel.
    pub key: String,
    /// Each kernel and its time in seconds; none: the device refused it.
    pub kernels: Vec<(&'static str, Option<f64>)>,
    /// How many of these come first that are taken if they are fastest; others must be so clearly.
    pub likely: usize,
}

impl Timed {
    /// The kernel to take.
    pub fn best(&self) -> Option<&'static str> {
        let (likely, others) = self.kernels.split_at(self.likely.min(self.kernels.len()));
        let (first, other) = (fastest(likely), fastest(others));
        match (first, other) {
            (Some((_, usual)), Some((name, seconds))) if seconds < CLEARLY * usual => Some(name),
            _ => first.or(other).map(|(name, _)| name),
        }
    }
}

fn fastest(kernels: &[(&'static str, Option<f64>)]) -> Option<(&'static str, f64)> {
    let timed = kernels.iter().filter_map(|&(name, seconds)| Some((name, seconds?)));
    timed.min_by(|a, b| a.1.total_cmp(&b.1))
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

/// An op and those of its kernels that are to be timed in one go.
struct Task {
    key: String,
    op: Arc<dyn Op>,
    inputs: Vec<Type>,
    kernels: Vec<&'static str>,
    /// As [`Timed::likely`].
    likely: usize,
}

impl Tuner {
    /// For the ops of these graphs that have a choice and none was made yet, the largest first: they matter most. Kernels
    /// that are seldom best ([`crate::kernels::Call::when_timed`]) come after the others of all ops.
    pub fn new<'a>(gpu: &Gpu, graphs: impl IntoIterator<Item = &'a Graph>, budget: f64) -> Self {
        let target = gpu.target();
        let mut tasks: BTreeMap<(usize, String), (u64, Task)> = BTreeMap::new();
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
                let names = |when_timed| {
                    let calls = variants.iter().filter(|call| call.when_timed == when_timed);
                    calls.map(|call| call.kernel.name).collect::<Vec<_>>()
                };
                let mut turns = [names(false), names(true)];
                let first = usize::from(turns[0].is_empty());
                turns[first].insert(0, portable.kernel.name);
                for (turn, kernels) in turns.into_iter().enumerate().filter(|(_, kernels)| !kernels.is_empty()) {
                    let likely = if turn == 0 { kernels.len() } else { first };
                    let task = Task { key: key.clone(), op: node.op.clone(), inputs: inputs.clone(), kernels, likely };
                    tasks.entry((turn, key.clone())).or_insert((0, task)).0 += flops;
                }
            }
        }
        let mut tasks: Vec<_> = tasks.into_iter().collect();
        tasks.sort_by_key(|((turn, _), (flops, _))| (*turn, std::cmp::Reverse(*flops)));
        let left = tasks.into_iter().map(|(_, (_, task))| task).collect();
        Self { gpu: gpu.clone(), left, spent: 0.0, budget, timed: Vec::new() }
    }

    /// Times kernels of the next op. The answer is whether there is more to do, and time for it.
    ///
    /// # Errors
    /// When the device is lost.
    pub async fn next(&mut self) -> Result<bool> {
        let Some(task) = self.left.pop_front() else { return Ok(false) };
        let start = Instant::now();
        let index = self.timed.iter().position(|timed| timed.key == task.key).unwrap_or(self.timed.len());
        if index == self.timed.len() {
            self.timed.push(Timed { key: task.key.clone(), ..Timed::default() });
        }
        let timed = &mut self.timed[index];
        timed.likely += task.likely;
        for &kernel in &task.kernels {
            let seconds = task.time(&self.gpu, kernel, fastest(&timed.kernels).map(|(_, seconds)| seconds)).await;
            self.gpu.check()?;
            timed.kernels.push((kernel, seconds.ok()));
        }
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
    /// Seconds that a kernel takes, in a graph of its own; `fastest`: what another one takes.
    async fn time(&self, gpu: &Gpu, kernel: &str, fastest: Option<f64>) -> Result<f64> {
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
        let (mut times, mut best) = (1, run(1).await?);
        if best > SUBMISSION && fastest.is_some_and(|fastest| best > HOPELESS * fastest) {
            return Ok(best);
        }
        while best * (times as f64) < SUBMISSION && times < MAX_STEPS {
            times = (4 * times).min(MAX_STEPS);
            best = run(times).await?;
        }
        for _ in 1..REPEATS {
            best = best.min(run(times).await?);
        }
        Ok(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_with_barriers_must_be_clearly_faster() {
        let best = |likely, times: &[f64]| {
            let kernels = ["portable", "subgroup", "tiled"].into_iter().zip(times.iter().map(|&t| Some(t))).collect();
            Timed { kernels, likely, ..Timed::default() }.best()
        };
        assert_eq!(best(2, &[3.0, 2.0, 1.7]), Some("subgroup"));
        assert_eq!(best(2, &[3.0, 2.0, 1.5]), Some("tiled"));
        assert_eq!(best(2, &[3.0, 3.1]), Some("portable"));
        assert_eq!(best(1, &[3.0, 2.9]), Some("portable"));
        let refused = Timed { kernels: vec![("portable", None), ("tiled", Some(1.0))], likely: 1, ..Timed::default() };
        assert_eq!(refused.best(), Some("tiled"));
    }
}
