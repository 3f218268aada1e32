//! Runs a graph node by node: the CPU engine.

use super::{Data, Io, Real, Step, Tensor};
use crate::graph::{Graph, Source, ValueId};

/// A graph with memory for all of its values.
pub struct Interpreter<T> {
    graph: Graph,
    values: Vec<Tensor<T>>,
}

impl<T: Real> Interpreter<T> {
    /// Allocates every value; constants are filled in, all else is zero. What pruning has left
    /// without a maker takes no memory.
    pub fn new(graph: Graph) -> Self {
        Self::lent(graph, &[])
    }

    /// As [`Interpreter::new`], but values of `lent` are empty: whoever owns them puts them in place
    /// ([`Interpreter::tensor_mut`]) before a run.
    pub fn lent(graph: Graph, lent: &[ValueId]) -> Self {
        let values = graph.values.iter().enumerate().map(|(index, value)| {
            let id = ValueId(index as u32);
            let dead = matches!(value.source, Source::Node { node, output }
                if graph.nodes.get(node).and_then(|node| node.outputs.get(output)) != Some(&id));
            if dead || lent.contains(&id) {
                return Tensor { ty: value.ty.clone(), data: Data::Floats(Vec::new()) };
            }
            let mut tensor = Tensor::zeros(value.ty.clone());
            if let Source::Constant(number) = value.source {
                tensor.floats_mut().fill(T::of(number.into()));
            }
            tensor
        });
        Self { values: values.collect(), graph }
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// A value as it is after the last run.
    pub fn tensor(&self, id: ValueId) -> &Tensor<T> {
        &self.values[id.index()]
    }

    /// To write an input or a parameter.
    pub fn tensor_mut(&mut self, id: ValueId) -> &mut Tensor<T> {
        &mut self.values[id.index()]
    }

    /// Exchanges two values of the same type.
    pub fn swap(&mut self, a: ValueId, b: ValueId) {
        self.values.swap(a.index(), b.index());
    }

    /// Fills an f32 value.
    pub fn set_f32(&mut self, id: ValueId, numbers: &[f32]) {
        for (slot, &x) in self.values[id.index()].floats_mut().iter_mut().zip(numbers) {
            *slot = T::of(x.into());
        }
    }

    /// Reads an f32 value, rounded to f32.
    pub fn get_f32(&self, id: ValueId) -> Vec<f32> {
        self.values[id.index()].floats().iter().map(|x| x.f64() as f32).collect()
    }

    /// A parameter to write and its gradient to read; they are different values.
    pub fn update(&mut self, parameter: ValueId, gradient: ValueId) -> (&mut [T], &[T]) {
        match self.values.get_disjoint_mut([parameter.index(), gradient.index()]) {
            Ok([p, g]) => (p.floats_mut(), g.floats()),
            Err(_) => (&mut [], &[]),
        }
    }

    /// Computes all nodes.
    pub fn run(&mut self, step: &Step) {
        for node in &self.graph.nodes {
            // The outputs are taken out so that inputs and outputs can be borrowed together.
            let empty = |value: &mut Tensor<T>| {
                let ty = value.ty.clone();
                std::mem::replace(value, Tensor { ty, data: Data::Floats(Vec::new()) })
            };
            let mut outputs: Vec<_> = node.outputs.iter().map(|o| empty(&mut self.values[o.index()])).collect();
            let inputs: Vec<_> = node.inputs.iter().map(|i| &self.values[i.index()]).collect();
            T::eval(&*node.op, &mut Io { inputs: &inputs, outputs: &mut outputs, step });
            for (id, output) in node.outputs.iter().zip(outputs) {
                self.values[id.index()] = output;
            }
        }
    }
}
