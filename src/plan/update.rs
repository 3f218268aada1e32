//! What follows the gradients: the optimizer, running statistics.

use super::{Dispatch, Kind, Plan, Slice, checked, horizontal};
use crate::{
    error::Result,
    graph::{Graph, MAX_BYTES, Role},
    kernel,
    kernels::{Epilogue, compose, groups_1d},
    optim::{
        Optimizer,
        clip::{self, CLIP, NORM, PARTIALS},
    },
};

kernel!(ACCUMULATE, "optim/accumulate");
kernel!(RUNNING, "optim/running");

/// How a phase updates parameters.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The rule.
    pub optimizer: &'a dyn Optimizer,
    /// Indices of the parameters that it applies to.
    pub parameters: &'a [usize],
    /// Steps whose gradients are averaged before it is applied.
    pub accumulate: u32,
}

/// Parameters that lie together: where, and where their moments are.
struct Run {
    offset: u64,
    bytes: u64,
    /// Of the matrices, which come first.
    matrices: u64,
    moment: u64,
}

impl Plan {
    /// Adds the update of parameters and running statistics as the last dispatches: one for each stretch of memory,
    /// which is one in all where a phase updates everything and a binding can hold it.
    ///
    /// # Errors
    /// When one would exceed WebGPU's default limits.
    pub fn with_update(mut self, graph: &Graph, update: &Update<'_>) -> Result<Self> {
        let (Some(parameters), Some(gradients)) = (self.find(&Kind::Parameters), self.find(&Kind::Gradients)) else {
            return Ok(self); // nothing to train
        };
        let runs = self.runs(graph, update.parameters);
        let total = runs.last().map_or(0, |run| run.moment + run.bytes);
        let optimizer = update.optimizer;
        let moments: Vec<_> = (0..optimizer.moments()).map(|i| self.buffer(Kind::Moment(i), total)).collect();
        let accumulated = (update.accumulate > 1).then(|| self.buffer(Kind::Accumulated, total));
        let mut added = Vec::new();
        // Of each stretch, its gradients: as they are, or averaged over several steps.
        let mut sources = Vec::new();
        for run in &runs {
            let mut gradient = Slice { buffer: gradients, offset: run.offset, bytes: run.bytes };
            if let Some(buffer) = accumulated {
                let count = (run.bytes / 4) as usize;
                let average = Slice { buffer, offset: run.moment, bytes: run.bytes };
                let constants = [("COUNT", count.into()), ("STEPS", (update.accumulate as usize).into())];
                added.push(Dispatch {
                    label: "accumulate".into(),
                    layer: "optimizer".into(),
                    kernel: ACCUMULATE.name.into(),
                    composed: compose(&ACCUMULATE, &constants, &Epilogue::default()),
                    operands: vec![gradient, average],
                    groups: groups_1d(count),
                    flops: 2 * count as u64,
                    every: 1,
                });
                gradient = average;
            }
            sources.push(gradient);
        }
        let factor = optimizer.common().clip_norm.map(|limit| self.clip(&sources, limit, update, &mut added));
        let epilogue = Epilogue { links: factor.iter().map(|_| clip::link()).collect(), kept: Vec::new() };
        for (run, &gradient) in runs.iter().zip(&sources) {
            let parameters = Slice { buffer: parameters, offset: run.offset, bytes: run.bytes };
            let moments = moments.iter().map(|&buffer| Slice { buffer, offset: run.moment, bytes: run.bytes });
            let count = (run.bytes / 4) as usize;
            let (kernel, constants) = optimizer.kernel(count, (run.matrices / 4) as usize);
            added.push(Dispatch {
                label: optimizer.name().into(),
                layer: "optimizer".into(),
                kernel: kernel.name.into(),
                composed: compose(kernel, &constants, &epilogue),
                operands: [parameters, gradient].into_iter().chain(moments).chain(factor).collect(),
                groups: groups_1d(count / 4), // four an invocation
                flops: 12 * count as u64,
                every: update.accumulate,
            });
        }
        let running: Vec<usize> = (0..graph.parameters.len())
            .filter(|&i| graph.parameters[i].role == Role::Running)
            .filter(|&i| graph.find_output(&format!("gradient:{}", graph.parameters[i].name)).is_some())
            .collect();
        let trained = self.trained(graph, 0);
        let measured = self.find(&Kind::Measured).into_iter();
        for (measured, run) in measured.flat_map(|m| self.runs(graph, &running).into_iter().map(move |run| (m, run))) {
            let slice = |buffer, offset| Slice { buffer, offset, bytes: run.bytes };
            let count = (run.bytes / 4) as usize;
            let constants = [("COUNT", count.into()), ("MOMENTUM", Role::MOMENTUM.into())];
            added.push(Dispatch {
                label: "running".into(),
                layer: "optimizer".into(),
                kernel: RUNNING.name.into(),
                composed: compose(&RUNNING, &constants, &Epilogue::default()),
                operands: vec![slice(parameters, run.offset), slice(measured, run.offset - trained)],
                groups: groups_1d(count),
                flops: 3 * count as u64,
                every: 1,
            });
        }
        self.dispatches.extend(checked(horizontal::group(added))?);
        Ok(self)
    }

    /// Adds what finds the factor that gradients are scaled by so that they are no longer than `limit`, all together:
    /// partial sums of their squares, and the factor, whose place is the answer.
    fn clip(&mut self, gradients: &[Slice], limit: f32, update: &Update<'_>, added: &mut Vec<Dispatch>) -> Slice {
        let sums = (gradients.len() * PARTIALS) as u64 * 4;
        let sums = Slice { buffer: self.buffer(Kind::Temporary, sums), offset: 0, bytes: sums };
        let factor = Slice { buffer: self.buffer(Kind::Temporary, 4), offset: 0, bytes: 4 };
        for (&gradient, index) in gradients.iter().zip(0..) {
            let count = (gradient.bytes / 4) as usize;
            let bytes = PARTIALS as u64 * 4;
            added.push(Dispatch {
                label: "norm".into(),
                layer: "optimizer".into(),
                kernel: NORM.name.into(),
                composed: compose(
                    &NORM,
                    &[("COUNT", count.into()), ("WORKGROUPS", PARTIALS.into())],
                    &Epilogue::default(),
                ),
                operands: vec![gradient, Slice { offset: index * bytes, bytes, ..sums }],
                groups: [PARTIALS as u32, 1, 1],
                flops: 2 * count as u64,
                every: update.accumulate,
            });
        }
        let count = gradients.len() * PARTIALS;
        added.push(Dispatch {
            label: "clip".into(),
            layer: "optimizer".into(),
            kernel: CLIP.name.into(),
            composed: compose(&CLIP, &[("COUNT", count.into()), ("CLIP_NORM", limit.into())], &Epilogue::default()),
            operands: vec![sums, factor],
            groups: [1, 1, 1],
            flops: count as u64,
            every: update.accumulate,
        });
        factor
    }

    /// The stretches of memory that these parameters make up, none larger than a binding may be.
    fn runs(&self, graph: &Graph, parameters: &[usize]) -> Vec<Run> {
        let mut order = parameters.to_vec();
        order.sort_by_key(|&i| self.parameters[i].offset);
        let mut runs: Vec<Run> = Vec::new();
        let mut moment = 0;
        for index in order {
            let slice = self.parameters[index];
            let bytes = slice.bytes.next_multiple_of(super::ALIGNMENT);
            let matrix = if graph.parameters[index].shape.rank() >= 2 { bytes } else { 0 };
            let goes_on = |run: &&mut Run| run.offset + run.bytes == slice.offset && run.bytes + bytes <= MAX_BYTES;
            match runs.last_mut().filter(goes_on) {
                Some(run) => {
                    run.bytes += bytes;
                    run.matrices += matrix;
                }
                None => runs.push(Run { offset: slice.offset, bytes, matrices: matrix, moment }),
            }
            moment += bytes;
        }
        runs
    }
}
