//! Runs a graph node by node: the CPU engine.

use super::{Data, Io, Real, Step, Tensor};
use crate::graph::{Graph, Source, Type, ValueId};

/// A graph with memory for all of its values.
pub struct Interpreter<T> {
    graph: Graph,
    values: Vec<Tensor<T>>,
    /// Room for a node's outputs.
    outputs: Vec<Tensor<T>>,
}

/// An empty list that has this one's room.
fn emptied<'a, T>(mut list: Vec<&T>) -> Vec<&'a T> {
    list.clear();
    list.into_iter().map(|_| unreachable!("it is empty")).collect()
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
        Self { values: values.collect(), graph, outputs: Vec::new() }
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
        let (mut inputs, mut outputs) = (Vec::new(), std::mem::take(&mut self.outputs));
        for node in &self.graph.nodes {
            // The outputs are taken out so that inputs and outputs can be borrowed together; what takes their place
            // holds no memory, and neither list is made anew.
            let empty = || Tensor { ty: Type::f32([0; 0]), data: Data::Floats(Vec::new()) };
            let take = |id: &ValueId| std::mem::replace(&mut self.values[id.index()], empty());
            outputs.extend(node.outputs.iter().map(take));
            let mut operands: Vec<&Tensor<T>> = emptied(inputs);
            operands.extend(node.inputs.iter().map(|id| &self.values[id.index()]));
            T::eval(&*node.op, &mut Io { inputs: &operands, outputs: &mut outputs, step });
            inputs = emptied(operands);
            for (id, output) in node.outputs.iter().zip(outputs.drain(..)) {
                self.values[id.index()] = output;
            }
        }
        self.outputs = outputs;
    }
}
