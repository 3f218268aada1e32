//! The CPU engine: the graphs, interpreted in f32.

use super::engine::{Graphs, Split, input, output};
use crate::{
    cpu::{Interpreter, Step},
    error::{Error, Result},
    graph::ValueId,
    model::Built,
    optim::Optimizer,
};

/// Seconds that one call of training should take, so that a worker stays responsive.
const SLICE: f64 = 0.01;

/// An experiment on the CPU.
pub struct CpuEngine {
    train: Side,
    evaluate: [Option<Side>; 2],
    predict: Side,
    gradients: Vec<ValueId>,
    /// For each parameter, the optimizer's moments.
    moments: Vec<Vec<Vec<f32>>>,
    metrics: Vec<[f32; 2]>,
    seconds_per_step: f64,
}

/// A graph with its memory.
struct Side {
    graph: Interpreter<f32>,
    parameters: Vec<ValueId>,
    /// Whether the parameters are those of training.
    fresh: bool,
}

impl Side {
    fn new(built: Built) -> Self {
        let parameters = built.graph.parameters.iter().map(|p| p.value).collect();
        Self { graph: Interpreter::new(built.graph), parameters, fresh: false }
    }

    fn input(&self, name: &str) -> Result<ValueId> {
        input(self.graph.graph(), name)
    }

    fn metric(&self, name: &str) -> f32 {
        let id = self.graph.graph().find_output(name);
        id.map_or(0.0, |id| self.graph.tensor(id).floats()[0])
    }

    /// Takes over the parameters of training, unless it has them.
    fn refresh(&mut self, train: &Side) {
        if self.fresh {
            return;
        }
        for (&to, &from) in self.parameters.iter().zip(&train.parameters) {
            self.graph.tensor_mut(to).floats_mut().copy_from_slice(train.graph.tensor(from).floats());
        }
        self.fresh = true;
    }
}

impl CpuEngine {
    /// Allocates everything.
    ///
    /// # Errors
    /// When a graph lacks an input.
    pub fn new(graphs: Graphs, moments: usize) -> Result<Self> {
        let sizes = graphs.train.graph.parameters.iter().map(|p| p.shape.count());
        let moments = sizes.map(|size| vec![vec![0.0; size]; moments]).collect();
        let gradients = graphs.train.gradients.clone();
        let mut evaluate = graphs.evaluate.map(|built| built.map(Side::new));
        for side in evaluate.iter_mut().flatten() {
            let order = side.input("order")?;
            let ints = side.graph.tensor_mut(order).ints_mut();
            ints.iter_mut().zip(0..).for_each(|(slot, i)| *slot = i);
        }
        Ok(Self {
            train: Side::new(graphs.train),
            evaluate,
            predict: Side::new(graphs.predict),
            gradients,
            moments,
            metrics: Vec::new(),
            seconds_per_step: SLICE,
        })
    }

    /// As [`super::Engine::write_data`].
    pub fn write_data(&mut self, split: Split, start: usize, items: &[u8], labels: &[u8]) -> Result<()> {
        let test = split as usize;
        let train = (split == Split::Train).then_some(&mut self.train);
        for side in train.into_iter().chain(&mut self.evaluate[test]) {
            for (name, bytes, at) in
                [("items", items, start * (items.len() / labels.len().max(1))), ("item_labels", labels, start)]
            {
                let id = side.input(name)?;
                let target = side.graph.tensor_mut(id).bytes_mut().get_mut(at..at + bytes.len());
                target.ok_or_else(|| Error::data(name, "more samples than the data set has"))?.copy_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// As [`super::Engine::write_order`].
    pub fn write_order(&mut self, order: &[u32]) -> Result<()> {
        let id = self.train.input("order")?;
        self.train.graph.tensor_mut(id).ints_mut().copy_from_slice(order);
        Ok(())
    }

    /// As [`super::Engine::set_parameters`].
    pub fn set_parameters(&mut self, values: &[Vec<f32>]) -> Result<()> {
        for (&id, value) in self.train.parameters.iter().zip(values) {
            self.train.graph.set_f32(id, value);
        }
        self.moments.iter_mut().flatten().for_each(|moment| moment.fill(0.0));
        self.metrics.clear();
        self.stale();
        Ok(())
    }

    fn stale(&mut self) {
        for side in self.evaluate.iter_mut().flatten().chain([&mut self.predict]) {
            side.fresh = false;
        }
    }

    /// As [`super::Engine::parameters`].
    pub fn parameters(&self) -> Vec<Vec<f32>> {
        self.train.parameters.iter().map(|&id| self.train.graph.get_f32(id)).collect()
    }

    /// As [`super::Engine::appetite`].
    pub fn appetite(&self) -> usize {
        ((SLICE / self.seconds_per_step) as usize).max(1)
    }

    /// As [`super::Engine::train`].
    pub fn train(&mut self, steps: &[Step], optimizer: &dyn Optimizer) -> Result<()> {
        for step in steps {
            let start = web_time::Instant::now();
            let Self { train, gradients, moments, .. } = self;
            train.graph.run(step);
            for ((&id, &gradient), moments) in train.parameters.iter().zip(gradients.iter()).zip(moments) {
                let (parameter, gradient) = train.graph.update(id, gradient);
                optimizer.update_f32(step.hyper, parameter, gradient, moments);
            }
            self.metrics.push([self.train.metric("loss"), self.train.metric("correct")]);
            // Smoothed: one slow step says little.
            self.seconds_per_step += 0.2 * (start.elapsed().as_secs_f64() - self.seconds_per_step);
        }
        self.stale();
        Ok(())
    }

    /// As [`super::Engine::metrics`].
    pub fn metrics(&mut self) -> Vec<[f32; 2]> {
        std::mem::take(&mut self.metrics)
    }

    /// As [`super::Engine::evaluate`].
    pub fn evaluate(&mut self, split: Split, steps: &[Step]) -> Result<Vec<[f32; 2]>> {
        let Some(side) = &mut self.evaluate[split as usize] else {
            return Err(Error::data("evaluation", "nothing of the training split is held out"));
        };
        side.refresh(&self.train);
        Ok(steps
            .iter()
            .map(|step| {
                side.graph.run(step);
                [side.metric("loss"), side.metric("correct")]
            })
            .collect())
    }

    /// As [`super::Engine::predict`].
    pub fn predict(&mut self, x: &[f32]) -> Result<Vec<f32>> {
        self.predict.refresh(&self.train);
        let (id, result) = (self.predict.input("x")?, output(self.predict.graph.graph(), "output")?);
        self.predict.graph.set_f32(id, x);
        self.predict.graph.run(&Step::default());
        Ok(self.predict.graph.get_f32(result))
    }
}
