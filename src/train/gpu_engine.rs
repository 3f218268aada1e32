//! The GPU engine: recorded plans over shared buffers.

use std::{collections::VecDeque, sync::OnceLock};

use futures_channel::oneshot;
use web_time::Instant;

use super::engine::{DETAILS, Evaluated, Graphs, Rules, Split, input, output, per_sample};
use crate::{
    cpu::{Data, Step},
    data::Samples,
    error::{Error, Result},
    gpu::{Executor, Gpu, MAX_STEPS, Readback, Tuner},
    graph::{DType, Graph, ValueId},
    model::{Built, METRIC},
    plan::{Kind, Plan, RING_SLOTS, Update},
};

/// Seconds that a submission should take: long enough to hide its cost, short enough for a smooth page.
const SUBMISSION: f64 = 0.01;

/// An experiment on a GPU.
pub struct GpuEngine {
    /// Phase by phase; the first owns what all share.
    train: Vec<Side>,
    evaluate: [Option<Later>; 2],
    predict: Later,
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
    measures: Vec<String>,
}

/// What plans share: the parameters, and the data where they are of the same split.
fn kinds() -> [Kind; 5] {
    let input = |name: &str| Kind::Input(name.into());
    [Kind::Parameters, input("items"), input("item_labels"), input("order"), Kind::Gradients]
}

impl Side {
    fn input(&self, name: &str) -> Result<ValueId> {
        input(&self.graph, name)
    }

    fn new(executor: Executor, built: Built) -> Self {
        let measures = built.measures.into_iter().map(|m| m.name).collect();
        Self { executor, graph: built.graph, measures }
    }

    /// Makes the staging buffers of what is read again and again.
    fn reserve(&self) -> Result<()> {
        let measured = self.measures.iter().map(|name| output(&self.graph, &format!("{METRIC}{name}")));
        let named = DETAILS.iter().chain(&["output"]).filter_map(|name| self.graph.find_output(name)).map(Ok);
        measured.chain(named).try_for_each(|id| self.executor.reserve(id?))
    }

    fn write_data(&self, start: usize, samples: &Samples) -> Result<()> {
        for (name, bytes) in [("items", &samples.x), ("item_labels", &samples.y)] {
            let Some(id) = self.graph.find_input(name).filter(|_| !bytes.is_empty()) else { continue };
            let ty = self.graph.ty(id);
            let element = if ty.dtype == DType::U8 { 1 } else { 4 };
            let at = start * per_sample(&ty.shape) * element;
            let mut words = bytes.clone();
            words.resize(bytes.len().next_multiple_of(4), 0);
            self.executor.write_at(id, at as u64, &words)?;
        }
        Ok(())
    }

    async fn details(&self, result: &mut Evaluated) -> Result<()> {
        for name in DETAILS {
            if let Some(id) = self.graph.find_output(name) {
                *result.detail(name) = bytemuck::pod_collect_to_vec(&self.executor.read(id).await?);
            }
        }
        Ok(())
    }
}

/// A side that comes into being when it is first needed: who only trains neither waits for it nor has memory for it.
struct Later {
    built: Built,
    /// How many of [`kinds`] are those of training.
    shared: usize,
    /// Where the samples begin; evaluation's.
    order: Vec<u32>,
    plan: OnceLock<Plan>,
    side: Option<Side>,
}

impl Later {
    fn new(built: Built, shared: usize, order: &[u32]) -> Self {
        Self { built, shared, order: order.to_vec(), plan: OnceLock::new(), side: None }
    }

    /// Its plan, whether it is there or not.
    fn plan(&self, gpu: &Gpu) -> Result<&Plan> {
        match (&self.side, self.plan.get()) {
            (Some(side), _) => Ok(side.executor.plan()),
            (None, Some(plan)) => Ok(plan),
            (None, None) => {
                let plan = Plan::on(&self.built.graph, &gpu.target())?;
                Ok(self.plan.get_or_init(|| plan))
            }
        }
    }

    /// Makes its buffers beside those of `train`, unless they are there.
    async fn side(&mut self, gpu: &Gpu, train: &Side) -> Result<&Side> {
        let side = match self.side.take() {
            Some(side) => side,
            None => self.make(gpu, train).await?,
        };
        Ok(self.side.insert(side))
    }

    async fn make(&mut self, gpu: &Gpu, train: &Side) -> Result<Side> {
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => Plan::on(&self.built.graph, &gpu.target())?,
        };
        let owner = Some((&train.executor, &kinds()[..self.shared]));
        let side = Side::new(Executor::later(gpu, plan, owner).await?, self.built.clone());
        if let Some(order) = side.graph.find_input("order") {
            side.executor.write(order, bytemuck::cast_slice(&self.order))?;
        }
        side.reserve()?;
        Ok(side)
    }
}

impl GpuEngine {
    /// Makes all that training needs.
    ///
    /// # Errors
    /// Out of memory, or a kernel that the device refuses.
    pub async fn new(gpu: &Gpu, graphs: Graphs, orders: &[Vec<u32>; 2], rules: &Rules<'_>) -> Result<Self> {
        let kinds = kinds();
        let mut train: Vec<Side> = Vec::new();
        for (built, &optimizer) in graphs.train.into_iter().zip(&rules.optimizers) {
            let parameters: Vec<usize> = built.gradients.iter().map(|g| g.0).collect();
            let update = Update { optimizer, parameters: &parameters, accumulate: rules.accumulate };
            let plan = Plan::on(&built.graph, &gpu.target())?.with_update(&built.graph, &update)?;
            let owner = train.first().map(|first| (&first.executor, &kinds[..]));
            let executor = Executor::new(gpu, plan, owner).await?;
            train.push(Side::new(executor, built));
        }
        // Evaluation has the parameters of training, and its data where the split is the same.
        let mut shared = [3, 1].into_iter().zip(orders);
        let evaluate = graphs.evaluate.map(|built| {
            let (shared, order) = shared.next()?;
            Some(Later::new(built?, shared, order))
        });
        let of_phase = |(phase, side): (usize, &Side)| side.measures.iter().map(move |m| (phase, m.clone())).collect();
        let measures: Vec<Vec<_>> = train.iter().enumerate().map(of_phase).collect();
        Ok(Self {
            train,
            evaluate,
            predict: Later::new(graphs.predict, 1, &[]),
            readback: Readback::new(gpu, measures.concat()),
            gpu: gpu.clone(),
            in_flight: VecDeque::new(),
            seconds_per_step: SUBMISSION,
            submitted: 0,
            reported: 0,
            base: 0,
        })
    }

    /// What times the kernels of training's ops, for so many seconds.
    pub fn tuner(&self, budget: f64) -> Tuner {
        Tuner::new(&self.gpu, self.train.iter().map(|side| &side.graph), budget)
    }

    /// What runs in a training step, phase by phase.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.train.iter().map(|side| side.executor.plan())
    }

    /// Dispatches of a step, FLOPs and bytes of memory besides the data set, with what evaluation and prediction will have.
    ///
    /// # Errors
    /// When a dispatch of those would exceed WebGPU's default limits.
    pub fn costs(&self) -> Result<(usize, u64, u64)> {
        let first = self.train[0].executor.plan();
        let mut memory = first.memory() + self.plans().skip(1).map(|plan| plan.own_memory_beside(first)).sum::<u64>();
        for later in self.evaluate.iter().flatten().chain([&self.predict]) {
            memory += later.plan(&self.gpu)?.own_memory_beside(first);
        }
        Ok((self.plans().map(|plan| plan.dispatches.len()).sum(), self.plans().map(Plan::flops).sum(), memory))
    }

    /// As [`super::Engine::make_room`].
    pub async fn make_room(&mut self, split: Split) -> Result<()> {
        if let (Split::Test, Some(later)) = (split, &mut self.evaluate[1]) {
            later.side(&self.gpu, &self.train[0]).await?;
        }
        Ok(())
    }

    /// As [`super::Engine::write_data`].
    pub fn write_data(&mut self, split: Split, start: usize, samples: &Samples) -> Result<()> {
        let side = match (split, &self.evaluate[1]) {
            (Split::Train, _) => Some(&self.train[0]),
            (Split::Test, Some(later)) => later.side.as_ref(),
            (Split::Test, None) => return Ok(()), // nobody will read them
        };
        let side = side.ok_or_else(|| Error::data("samples", "no room was made for them"))?;
        side.write_data(start, samples)
    }

    /// As [`super::Engine::write_order`].
    pub fn write_order(&mut self, order: &[u32]) -> Result<()> {
        self.train[0].executor.write(self.train[0].input("order")?, bytemuck::cast_slice(order))
    }

    /// As [`super::Engine::set_parameters`].
    pub fn set_parameters(&mut self, values: &[Vec<f32>]) -> Result<()> {
        let first = &self.train[0];
        for (parameter, value) in first.graph.parameters.iter().zip(values) {
            first.executor.write(parameter.value, bytemuck::cast_slice(value))?;
        }
        self.train.iter().for_each(|side| side.executor.clear_moments());
        (self.reported, self.base) = (self.submitted, self.submitted);
        Ok(())
    }

    /// As [`super::Engine::parameters`].
    pub async fn parameters(&mut self) -> Result<Vec<Vec<f32>>> {
        let mut values = Vec::new();
        let first = &self.train[0];
        for parameter in &first.graph.parameters {
            values.push(bytemuck::pod_collect_to_vec(&first.executor.read(parameter.value).await?));
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
    pub async fn train(&mut self, steps: &[Option<Step>]) -> Result<()> {
        self.gpu.check()?;
        let phases = self.train.len();
        for steps in steps.chunks(MAX_STEPS * phases) {
            let start = Instant::now();
            let plans: Vec<_> = self.train.iter().map(|side| &side.executor).collect();
            let mut encoder = Executor::encode_in_turn(&plans, steps);
            // The metrics come back with the steps: no submission of their own.
            let copied = self.readback.copy(&mut encoder, &plans)?;
            let done = self.gpu.submit(encoder);
            let steps = steps.len() / phases;
            self.submitted += steps as u64;
            if let Some(copied) = copied {
                self.readback.map(copied, self.submitted);
            }
            self.in_flight.push_back(InFlight { done, start, steps });
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
    pub async fn metrics(&mut self, wait: bool) -> Result<Vec<Vec<f32>>> {
        let mut finished = Vec::new();
        while let Some((upto, ring)) = self.readback.take()? {
            self.report(upto, &ring, &mut finished);
        }
        while wait && self.reported < self.submitted {
            // Steps that were submitted while all staging buffers were under way have no copy yet.
            if self.readback.started().unwrap_or(self.reported) < self.submitted {
                let plans: Vec<_> = self.train.iter().map(|side| &side.executor).collect();
                self.readback.start(&plans, self.submitted)?;
            }
            let (upto, ring) = self.readback.wait().await?;
            self.report(upto, &ring, &mut finished);
        }
        Ok(finished)
    }

    fn report(&mut self, upto: u64, ring: &[Vec<f32>], finished: &mut Vec<Vec<f32>>) {
        for step in self.reported..upto {
            let slot = ((step - self.base) % RING_SLOTS) as usize;
            finished.push(ring.iter().map(|metric| metric[slot]).collect());
        }
        self.reported = self.reported.max(upto);
    }

    /// As [`super::Engine::evaluate`].
    pub async fn evaluate(&mut self, split: Split, steps: &[Step]) -> Result<Vec<Evaluated>> {
        let Some(later) = &mut self.evaluate[split as usize] else {
            return Err(Error::data("evaluation", "nothing of the training split is held out"));
        };
        let side = later.side(&self.gpu, &self.train[0]).await?;
        side.executor.ready().await?;
        // What is no measure has no ring: it must be read before the next batch.
        let detailed = DETAILS.iter().any(|name| side.graph.find_output(name).is_some());
        let mut results = Vec::new();
        for steps in steps.chunks(if detailed { 1 } else { MAX_STEPS }) {
            let slotted: Vec<_> = steps.iter().zip(0..).map(|(step, slot)| Step { slot, ..*step }).collect();
            let done = side.executor.run(&slotted);
            self.gpu.wait(done).await?;
            let mut batches = vec![Evaluated::default(); steps.len()];
            for name in &side.measures {
                let numbers = numbers(&side.executor, &side.graph, &format!("{METRIC}{name}")).await?;
                for (batch, number) in batches.iter_mut().zip(numbers) {
                    batch.measures.push(number);
                }
            }
            side.details(&mut batches[0]).await?;
            results.append(&mut batches);
        }
        Ok(results)
    }

    /// As [`super::Engine::predict`].
    pub async fn predict(&mut self, name: &str, x: &Data<f32>) -> Result<Vec<f32>> {
        let side = self.predict.side(&self.gpu, &self.train[0]).await?;
        let Side { executor, graph, .. } = side;
        executor.ready().await?;
        let given = side.input(name)?;
        let (bytes, count): (&[u8], usize) = match (x, graph.ty(given).dtype) {
            (Data::Floats(x), DType::F32) => (bytemuck::cast_slice(x), x.len()),
            (Data::Ints(x), DType::U32) => (bytemuck::cast_slice(x), x.len()),
            _ => return Err(Error::data(name, format!("expected {}", graph.ty(given)))),
        };
        executor.write(given, bytes)?;
        drop(executor.run(&[Step::default()]));
        let id = output(graph, "output")?;
        let bytes = executor.read(id).await?;
        let used = count / per_sample(graph.shape(given)).max(1);
        let mut values: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        values.truncate(used * per_sample(graph.shape(id)));
        Ok(values)
    }
}

async fn numbers(executor: &Executor, graph: &Graph, name: &str) -> Result<Vec<f32>> {
    Ok(bytemuck::pod_collect_to_vec(&executor.read(output(graph, name)?).await?))
}
