//! The CPU engine: the graphs, interpreted in f32.

use super::engine::{DETAILS, Evaluated, Graphs, Rules, Split, input, output, per_sample};
use crate::{
    cpu::{Data, Interpreter, Step, Tensor, among},
    data::Samples,
    error::{Error, Result},
    graph::{Role, ValueId},
    model::{Built, METRIC},
    optim::Subject,
};

/// Seconds that one call of training should take, so that a worker stays responsive.
const SLICE: f64 = 0.01;

/// An experiment on the CPU.
pub struct CpuEngine {
    train: Vec<Phase>,
    evaluate: [Option<Side>; 2],
    predict: Side,
    pool: Pool,
    metrics: Vec<Vec<f32>>,
    seconds_per_step: f64,
}

/// What all graphs share: they are lent it while they run.
struct Pool {
    parameters: Vec<Tensor<f32>>,
    /// Of each split: the columns.
    data: [Vec<Tensor<f32>>; 2],
}

/// The columns' inputs in a graph.
const COLUMNS: [&str; 2] = ["items", "item_labels"];

/// A graph with its own memory.
struct Side {
    graph: Interpreter<f32>,
    /// Its parameters, in the order of the pool's.
    parameters: Vec<ValueId>,
    /// Its data: column, value.
    columns: Vec<(usize, ValueId)>,
    split: usize,
    measures: Vec<ValueId>,
}

/// A phase of training.
struct Phase {
    side: Side,
    /// What it updates: index of the parameter, gradient.
    gradients: Vec<(usize, ValueId)>,
    /// Running statistics: index of the parameter, what a step measured.
    running: Vec<(usize, ValueId)>,
    /// Of each of `gradients`, the optimizer's moments.
    moments: Vec<Vec<Vec<f32>>>,
    /// Of each of `gradients`, their mean so far, where steps are accumulated.
    sums: Vec<Vec<f32>>,
}

impl Side {
    fn new(built: Built, split: usize) -> Result<Self> {
        let parameters: Vec<ValueId> = built.graph.parameters.iter().map(|p| p.value).collect();
        let find = |(i, name): (usize, &&str)| built.graph.find_input(name).map(|id| (i, id));
        let columns: Vec<_> = COLUMNS.iter().enumerate().filter_map(find).collect();
        let name = |m: &crate::model::Measure| output(&built.graph, &format!("{METRIC}{}", m.name));
        let measures = built.measures.iter().map(name).collect::<Result<_>>()?;
        let lent: Vec<_> = parameters.iter().copied().chain(columns.iter().map(|c| c.1)).collect();
        Ok(Self { graph: Interpreter::lent(built.graph, &lent), parameters, columns, split, measures })
    }

    /// Takes the pool's tensors, or gives them back.
    fn exchange(&mut self, pool: &mut Pool) {
        for (&id, tensor) in self.parameters.iter().zip(&mut pool.parameters) {
            std::mem::swap(self.graph.tensor_mut(id), tensor);
        }
        for &(column, id) in &self.columns {
            std::mem::swap(self.graph.tensor_mut(id), &mut pool.data[self.split][column]);
        }
    }

    /// Does something with the pool's tensors in their places.
    fn with<T>(&mut self, pool: &mut Pool, f: impl FnOnce(&mut Self) -> T) -> T {
        self.exchange(pool);
        let result = f(self);
        self.exchange(pool);
        result
    }

    fn measured(&self, into: &mut Vec<f32>) {
        into.extend(self.measures.iter().map(|&id| self.graph.tensor(id).floats()[0]));
    }
}

impl Phase {
    fn new(built: Built, moments: usize, accumulate: u32) -> Result<Self> {
        let gradients = built.gradients.clone();
        let graph = &built.graph;
        let size = |&(index, _): &(usize, ValueId)| graph.parameters[index].shape.count();
        let moments = gradients.iter().map(|g| vec![vec![0.0; size(g)]; moments]).collect();
        let sums = if accumulate > 1 { gradients.iter().map(|g| vec![0.0; size(g)]).collect() } else { Vec::new() };
        let running = graph.parameters.iter().enumerate().filter(|(_, p)| p.role == Role::Running);
        let running =
            running.filter_map(|(i, p)| graph.find_output(&format!("gradient:{}", p.name)).map(|id| (i, id))).collect();
        Ok(Self { side: Side::new(built, 0)?, gradients, running, moments, sums })
    }

    /// A step, the pool's tensors being in their places.
    fn step(&mut self, step: &Step, rules: &Rules<'_>, phase: usize) {
        let Self { side, gradients, running, moments, sums } = self;
        side.graph.run(step);
        let every = rules.accumulate;
        let due = step.index.wrapping_add(1).is_multiple_of(every);
        for (sum, &(_, gradient)) in sums.iter_mut().zip(gradients.iter()) {
            let fresh = step.index.is_multiple_of(every);
            for (sum, g) in sum.iter_mut().zip(side.graph.tensor(gradient).floats()) {
                *sum = if fresh { 0.0 } else { *sum } + g / every as f32;
            }
        }
        if due {
            let optimizer = rules.optimizers[phase];
            let mut factor = 1.0;
            if optimizer.common().clip_norm.is_some() {
                let own = gradients.iter().map(|&(_, id)| side.graph.tensor(id).floats());
                factor = optimizer.common().clip_factor(match sums.len() {
                    0 => own.map(squares).sum(),
                    _ => sums.iter().map(|sum| squares(sum)).sum(),
                });
            }
            for (place, &(index, gradient)) in gradients.iter().enumerate() {
                let matrix = side.graph.graph().parameters[index].shape.rank() >= 2;
                let (parameter, gradient) = side.graph.update(side.parameters[index], gradient);
                let gradient = sums.get(place).map_or(gradient, Vec::as_slice);
                let subject = Subject { matrix, factor };
                optimizer.update_f32(step.hyper, subject, parameter, gradient, &mut moments[place]);
            }
        }
        for &(index, measured) in running.iter() {
            let (statistic, measured) = side.graph.update(side.parameters[index], measured);
            for (statistic, measured) in statistic.iter_mut().zip(measured) {
                *statistic += Role::MOMENTUM * (measured - *statistic);
            }
        }
    }
}

/// The sum of the squares.
fn squares(numbers: &[f32]) -> f64 {
    numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

/// Bytes of all that is computed, of the data set, and of the parameters with their moments.
fn needed(graphs: &Graphs, rules: &Rules<'_>) -> u64 {
    let computed = |built: &Built| -> u64 {
        let outputs = built.graph.nodes.iter().flat_map(|node| &node.outputs);
        outputs.map(|&id| built.graph.ty(id).bytes()).sum()
    };
    let columns = |built: &Built| -> u64 {
        let found = COLUMNS.iter().filter_map(|name| built.graph.find_input(name));
        found.map(|id| built.graph.ty(id).bytes()).sum()
    };
    let parameters: u64 = graphs.train[0].graph.parameters.iter().map(|p| 4 * p.shape.count() as u64).sum();
    let moments: usize = rules.optimizers.iter().map(|optimizer| optimizer.moments()).sum();
    let all = graphs.train.iter().chain(graphs.evaluate.iter().flatten()).chain([&graphs.predict]);
    all.map(computed).sum::<u64>()
        + parameters * (1 + moments as u64)
        + columns(&graphs.train[0])
        + graphs.evaluate[1].as_ref().map_or(0, columns)
}

/// Fails where so many bytes can't be had: an allocation that fails later would end the program without a word.
fn room_for(bytes: u64) -> Result<()> {
    let found = usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    let mib = bytes as f64 / f64::from(1 << 20);
    let message = || format!("{mib:.0} MiB are needed, more than there is: a smaller batch or network helps");
    found.then_some(()).ok_or_else(|| Error::data("memory", message()))
}

impl CpuEngine {
    /// Allocates everything.
    ///
    /// # Errors
    /// When there is not so much memory, or a graph lacks an input.
    pub fn new(graphs: Graphs, orders: &[Vec<u32>; 2], rules: &Rules<'_>) -> Result<Self> {
        room_for(needed(&graphs, rules))?;
        let tensors = |built: &Built, names: &[&str]| -> Vec<Tensor<f32>> {
            let find = |name: &&str| built.graph.find_input(name);
            names.iter().filter_map(find).map(|id| Tensor::zeros(built.graph.ty(id).clone())).collect()
        };
        let first = &graphs.train[0];
        let test = graphs.evaluate[1].as_ref().map_or(Vec::new(), |built| tensors(built, &COLUMNS));
        let parameter = |p: &crate::graph::Parameter| Tensor::zeros(first.graph.ty(p.value).clone());
        let pool = Pool {
            parameters: first.graph.parameters.iter().map(parameter).collect(),
            data: [tensors(first, &COLUMNS), test],
        };
        let mut evaluate = [None, None];
        for (split, built) in graphs.evaluate.into_iter().enumerate() {
            let Some(built) = built else { continue };
            let mut side = Side::new(built, split)?;
            let order = input(side.graph.graph(), "order")?;
            side.graph.tensor_mut(order).ints_mut().copy_from_slice(&orders[split]);
            evaluate[split] = Some(side);
        }
        let phases = graphs.train.into_iter().zip(&rules.optimizers);
        Ok(Self {
            train: phases
                .map(|(built, optimizer)| Phase::new(built, optimizer.moments(), rules.accumulate))
                .collect::<Result<_>>()?,
            evaluate,
            predict: Side::new(graphs.predict, 0)?,
            pool,
            metrics: Vec::new(),
            seconds_per_step: SLICE,
        })
    }

    /// As [`super::Engine::write_data`].
    pub fn write_data(&mut self, split: Split, start: usize, samples: &Samples) -> Result<()> {
        for (tensor, bytes) in self.pool.data[split as usize].iter_mut().zip([&samples.x, &samples.y]) {
            let per_item = tensor.ty.shape.count() / tensor.ty.shape.0[0].max(1);
            let too_many = || Error::data("samples", "more than the data set has");
            match &mut tensor.data {
                Data::Bytes(all) => {
                    let at = start * per_item;
                    all.get_mut(at..at + bytes.len()).ok_or_else(too_many)?.copy_from_slice(bytes);
                }
                Data::Floats(all) => {
                    let (at, numbers) = (start * per_item, bytemuck::pod_collect_to_vec::<u8, f32>(bytes));
                    all.get_mut(at..at + numbers.len()).ok_or_else(too_many)?.copy_from_slice(&numbers);
                }
                Data::Ints(_) => return Err(Error::data("samples", "a column holds bytes or floats")),
            }
        }
        Ok(())
    }

    /// As [`super::Engine::write_order`].
    pub fn write_order(&mut self, order: &[u32]) -> Result<()> {
        for phase in &mut self.train {
            let id = input(phase.side.graph.graph(), "order")?;
            phase.side.graph.tensor_mut(id).ints_mut().copy_from_slice(order);
        }
        Ok(())
    }

    /// As [`super::Engine::set_parameters`].
    pub fn set_parameters(&mut self, values: &[Vec<f32>]) -> Result<()> {
        for (tensor, value) in self.pool.parameters.iter_mut().zip(values) {
            tensor.floats_mut().copy_from_slice(value);
        }
        for phase in &mut self.train {
            phase.moments.iter_mut().flatten().for_each(|moment| moment.fill(0.0));
            phase.sums.iter_mut().for_each(|sum| sum.fill(0.0));
        }
        self.metrics.clear();
        Ok(())
    }

    /// As [`super::Engine::parameters`].
    pub fn parameters(&self) -> Vec<Vec<f32>> {
        self.pool.parameters.iter().map(|tensor| tensor.floats().to_vec()).collect()
    }

    /// As [`super::Engine::appetite`].
    pub fn appetite(&self) -> usize {
        ((SLICE / self.seconds_per_step) as usize).max(1)
    }

    /// As [`super::Engine::train`].
    pub fn train(&mut self, steps: &[Option<Step>], rules: &Rules<'_>) {
        among(|| self.train_here(steps, rules));
    }

    fn train_here(&mut self, steps: &[Option<Step>], rules: &Rules<'_>) {
        for steps in steps.chunks(self.train.len()) {
            let start = web_time::Instant::now();
            let mut measures = Vec::new();
            for (index, (phase, step)) in self.train.iter_mut().zip(steps).enumerate() {
                if let Some(step) = step {
                    phase.side.exchange(&mut self.pool);
                    phase.step(step, rules, index);
                    phase.side.exchange(&mut self.pool);
                }
                phase.side.measured(&mut measures);
            }
            self.metrics.push(measures);
            // Smoothed: one slow step says little.
            self.seconds_per_step += 0.2 * (start.elapsed().as_secs_f64() - self.seconds_per_step);
        }
    }

    /// As [`super::Engine::metrics`].
    pub fn metrics(&mut self) -> Vec<Vec<f32>> {
        std::mem::take(&mut self.metrics)
    }

    /// As [`super::Engine::evaluate`].
    pub fn evaluate(&mut self, split: Split, steps: &[Step]) -> Result<Vec<Evaluated>> {
        let Some(side) = &mut self.evaluate[split as usize] else {
            return Err(Error::data("evaluation", "nothing of the training split is held out"));
        };
        Ok(side.with(&mut self.pool, |side| {
            let details: Vec<_> =
                DETAILS.iter().filter_map(|name| Some((name, side.graph.graph().find_output(name)?))).collect();
            let batch = steps.iter().map(|step| {
                side.graph.run(step);
                let mut result = Evaluated::default();
                side.measured(&mut result.measures);
                for (name, id) in &details {
                    *result.detail(name) = side.graph.tensor(*id).ints().to_vec();
                }
                result
            });
            batch.collect()
        }))
    }

    /// As [`super::Engine::predict`].
    pub fn predict(&mut self, name: &str, x: &Data<f32>) -> Result<Vec<f32>> {
        let (id, result) = (input(self.predict.graph.graph(), name)?, output(self.predict.graph.graph(), "output")?);
        let given = self.predict.graph.tensor_mut(id);
        let count = match (&mut given.data, x) {
            (Data::Floats(to), Data::Floats(from)) => copy(to, from),
            (Data::Ints(to), Data::Ints(from)) => copy(to, from),
            _ => return Err(Error::data(name, format!("expected {}", given.ty))),
        };
        let used = count / per_sample(&given.ty.shape).max(1);
        self.predict.with(&mut self.pool, |side| side.graph.run(&Step::default()));
        let mut values = self.predict.graph.get_f32(result);
        values.truncate(used * per_sample(self.predict.graph.graph().shape(result)));
        Ok(values)
    }
}

/// Copies as much as there is room for.
fn copy<T: Copy>(to: &mut [T], from: &[T]) -> usize {
    let count = to.len().min(from.len());
    to[..count].copy_from_slice(&from[..count]);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_memory_is_refused_in_words() {
        room_for(1 << 20).unwrap();
        let message = room_for(1 << 62).unwrap_err().to_string();
        assert!(message.starts_with("memory: 4398046511104 MiB are needed"), "{message}");
    }
}
