//! The GPU engine: recorded plans over shared buffers.

use std::collections::VecDeque;

use futures_channel::oneshot;
use web_time::Instant;

use super::engine::{Graphs, Split, input, output, per_sample};
use crate::{
    cpu::Step,
    error::{Error, Result},
    gpu::{Executor, Gpu, MAX_STEPS, Readback},
    graph::{Graph, ValueId},
    model::Built,
    optim::Optimizer,
    plan::{Kind, Plan, RING_SLOTS},
};

/// Seconds that a submission should take: long enough to hide its cost, short enough for a smooth page.
const SUBMISSION: f64 = 0.01;

/// An experiment on a GPU.
pub struct GpuEngine {
    train: Side,
    evaluate: [Option<Side>; 2],
    predict: Side,
    gpu: Gpu,
    readback: Readback,
    in_flight: VecDeque<InFlight>,
    seconds_per_step: f64,
    /// Steps submitted, steps whose metrics were handed out, and the step at which the run began.
    submitted: u64,
    reported: u64,
    base: u64,
}

struct InFlight {
    done: oneshot::Receiver<()>,
    start: Instant,
    steps: usize,
}

/// A plan on the device, and its graph.
struct Side {
    executor: Executor,
    graph: Graph,
}

impl Side {
    fn input(&self, name: &str) -> Result<ValueId> {
        input(&self.graph, name)
    }

    /// Evaluation with the parameters of `train`, and with its data where the split is the same.
    async fn evaluation(gpu: &Gpu, built: Built, same_data: bool, train: &Side) -> Result<Self> {
        let plan = Plan::new(&built.graph)?;
        let kinds = [Kind::Parameters, Kind::Input("items".into()), Kind::Input("item_labels".into())];
        let shared = shared(&plan, &train.executor, if same_data { &kinds } else { &kinds[..1] });
        let side = Self { executor: Executor::new(gpu, plan, &shared).await?, graph: built.graph };
        let order = side.input("order")?;
        let identity: Vec<u32> = (0..side.graph.shape(order).count() as u32).collect();
        side.executor.write(order, bytemuck::cast_slice(&identity))?;
        side.executor.reserve(output(&side.graph, "loss")?)?;
        Ok(side)
    }

    fn write_data(&self, start: usize, items: &[u8], labels: &[u8]) -> Result<()> {
        let size = items.len() / labels.len().max(1);
        for (name, bytes, at) in [("items", items, start * size), ("item_labels", labels, start)] {
            let mut words = bytes.to_vec();
            words.resize(bytes.len().next_multiple_of(4), 0);
            self.executor.write_at(self.input(name)?, at as u64, &words)?;
        }
        Ok(())
    }
}

impl GpuEngine {
    /// Makes all that training and prediction need.
    ///
    /// # Errors
    /// Out of memory, or a kernel that the device refuses.
    pub async fn new(gpu: &Gpu, graphs: Graphs, optimizer: &dyn Optimizer) -> Result<Self> {
        let plan = Plan::new(&graphs.train.graph)?.with_optimizer(optimizer)?;
        let train = Side { executor: Executor::new(gpu, plan, &[]).await?, graph: graphs.train.graph };
        let mut evaluate = [None, None];
        for (split, built) in graphs.evaluate.into_iter().enumerate() {
            if let Some(built) = built {
                evaluate[split] = Some(Side::evaluation(gpu, built, split == Split::Train as usize, &train).await?);
            }
        }
        let plan = Plan::new(&graphs.predict.graph)?;
        let shared = shared(&plan, &train.executor, &[Kind::Parameters]);
        let predict = Side { executor: Executor::new(gpu, plan, &shared).await?, graph: graphs.predict.graph };
        predict.executor.reserve(output(&predict.graph, "output")?)?;
        Ok(Self {
            train,
            predict,
            evaluate,
            readback: Readback::new(gpu),
            gpu: gpu.clone(),
            in_flight: VecDeque::new(),
            seconds_per_step: SUBMISSION,
            submitted: 0,
            reported: 0,
            base: 0,
        })
    }

    /// Dispatches of a step, FLOPs and bytes of memory besides the data set.
    pub fn costs(&self) -> (usize, u64, u64) {
        let plan = self.train.executor.plan();
        let others = self.evaluate.iter().flatten().chain([&self.predict]);
        let memory = plan.memory() + others.map(|side| side.executor.plan().own_memory()).sum::<u64>();
        (plan.dispatches.len(), plan.flops(), memory)
    }

    /// As [`super::Engine::write_data`].
    pub fn write_data(&mut self, split: Split, start: usize, items: &[u8], labels: &[u8]) -> Result<()> {
        match (split, &self.evaluate[1]) {
            (Split::Train, _) => self.train.write_data(start, items, labels),
            (Split::Test, Some(side)) => side.write_data(start, items, labels),
            (Split::Test, None) => Ok(()),
        }
    }

    /// As [`super::Engine::write_order`].
    pub fn write_order(&mut self, order: &[u32]) -> Result<()> {
        self.train.executor.write(self.train.input("order")?, bytemuck::cast_slice(order))
    }

    /// As [`super::Engine::set_parameters`].
    pub fn set_parameters(&mut self, values: &[Vec<f32>]) -> Result<()> {
        for (parameter, value) in self.train.graph.parameters.iter().zip(values) {
            self.train.executor.write(parameter.value, bytemuck::cast_slice(value))?;
        }
        self.train.executor.clear_moments();
        (self.reported, self.base) = (self.submitted, self.submitted);
        Ok(())
    }

    /// As [`super::Engine::parameters`].
    pub async fn parameters(&mut self) -> Result<Vec<Vec<f32>>> {
        let mut values = Vec::new();
        for parameter in &self.train.graph.parameters {
            values.push(bytemuck::pod_collect_to_vec(&self.train.executor.read(parameter.value).await?));
        }
        Ok(values)
    }

    /// As [`super::Engine::appetite`].
    pub fn appetite(&self) -> usize {
        let unread = (self.submitted - self.reported) as usize;
        let room = (RING_SLOTS as usize).saturating_sub(unread + MAX_STEPS);
        ((SUBMISSION / self.seconds_per_step) as usize).clamp(1, MAX_STEPS).min(room)
    }

    /// As [`super::Engine::train`].
    pub async fn train(&mut self, steps: &[Step]) -> Result<()> {
        self.gpu.check()?;
        for steps in steps.chunks(MAX_STEPS) {
            let start = Instant::now();
            let done = self.train.executor.run(steps);
            self.submitted += steps.len() as u64;
            self.in_flight.push_back(InFlight { done, start, steps: steps.len() });
        }
        while self.in_flight.len() > 1 {
            let Some(InFlight { done, start, steps }) = self.in_flight.pop_front() else { break };
            self.gpu.wait(done).await?;
            // Two submissions overlap, so this one began when the one before it ended, about half-way.
            let seconds = start.elapsed().as_secs_f64() / 2.0 / steps as f64;
            self.seconds_per_step += 0.2 * (seconds - self.seconds_per_step);
        }
        Ok(())
    }

    /// As [`super::Engine::metrics`].
    pub async fn metrics(&mut self, wait: bool) -> Result<Vec<[f32; 2]>> {
        let mut finished = Vec::new();
        while let Some((upto, ring)) = self.readback.take()? {
            self.report(upto, &ring, &mut finished);
        }
        if self.readback.started().unwrap_or(self.reported) < self.submitted {
            self.readback.start(&self.train.executor, self.submitted)?;
        }
        while wait && self.reported < self.submitted {
            let (upto, ring) = self.readback.wait().await?;
            self.report(upto, &ring, &mut finished);
            if self.readback.started().unwrap_or(self.reported) < self.submitted {
                self.readback.start(&self.train.executor, self.submitted)?;
            }
        }
        Ok(finished)
    }

    fn report(&mut self, upto: u64, ring: &[Vec<f32>; 2], finished: &mut Vec<[f32; 2]>) {
        for step in self.reported..upto {
            let slot = ((step - self.base) % RING_SLOTS) as usize;
            finished.push([ring[0][slot], ring[1][slot]]);
        }
        self.reported = self.reported.max(upto);
    }

    /// As [`super::Engine::evaluate`].
    pub async fn evaluate(&mut self, split: Split, steps: &[Step]) -> Result<Vec<[f32; 2]>> {
        let Some(side) = &self.evaluate[split as usize] else {
            return Err(Error::data("evaluation", "nothing of the training split is held out"));
        };
        let mut results = Vec::new();
        for steps in steps.chunks(MAX_STEPS) {
            let slotted: Vec<_> = steps.iter().zip(0..).map(|(step, slot)| Step { slot, ..*step }).collect();
            let done = side.executor.run(&slotted);
            self.gpu.wait(done).await?;
            let loss: Vec<f32> = numbers(&side.executor, &side.graph, "loss").await?;
            let correct = match side.graph.find_output("correct") {
                Some(_) => numbers(&side.executor, &side.graph, "correct").await?,
                None => vec![0.0; loss.len()],
            };
            results.extend((0..steps.len()).map(|i| [loss[i], correct[i]]));
        }
        Ok(results)
    }

    /// As [`super::Engine::predict`].
    pub async fn predict(&mut self, x: &[f32]) -> Result<Vec<f32>> {
        let Side { executor, graph } = &self.predict;
        executor.write(self.predict.input("x")?, bytemuck::cast_slice(x))?;
        drop(executor.run(&[Step::default()]));
        let id = output(graph, "output")?;
        let bytes = executor.read(id).await?;
        let used = x.len() / per_sample(graph.shape(self.predict.input("x")?)).max(1);
        let mut values: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        values.truncate(used * per_sample(graph.shape(id)));
        Ok(values)
    }
}

/// Which buffers of `owner` a plan uses instead of its own.
fn shared<'a>(plan: &Plan, owner: &'a Executor, kinds: &[Kind]) -> Vec<(Kind, &'a Executor)> {
    kinds.iter().filter(|kind| plan.find(kind).is_some()).map(|kind| (kind.clone(), owner)).collect()
}

async fn numbers(executor: &Executor, graph: &Graph, name: &str) -> Result<Vec<f32>> {
    Ok(bytemuck::pod_collect_to_vec(&executor.read(output(graph, name)?).await?))
}
