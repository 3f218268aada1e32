//! The program of one step: values with static shapes, computed once each, in order.
//!
//! A [`Graph`] is built by the layers, extended by autodiff, checked by [`Graph::verify`], and then
//! either interpreted on the CPU or planned for the GPU. `Display` prints it.

mod dump;
mod types;
mod verify;

use std::sync::Arc;

pub use types::{DType, Shape, Type};
pub use verify::MAX_BYTES;

use crate::{error::Result, ops::Op, spec::Init};

/// A value of a graph: an index into [`Graph::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

impl ValueId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Written from outside before the step: a batch, or a resident data set.
    Input(String),
    /// The parameter of this index.
    Parameter(usize),
    /// The same number in every element.
    Constant(f32),
    /// Output `output` of node `node`.
    Node {
        /// Index into [`Graph::nodes`].
        node: usize,
        /// Which of its outputs.
        output: usize,
    },
}

/// A value: what it is and where it comes from.
#[derive(Clone, Debug)]
pub struct Value {
    /// Element type and shape.
    pub ty: Type,
    /// Where it comes from.
    pub source: Source,
}

/// One operation applied to values.
#[derive(Clone, Debug)]
pub struct Node {
    /// What is done.
    pub op: Arc<dyn Op>,
    /// Operands.
    pub inputs: Vec<ValueId>,
    /// Results.
    pub outputs: Vec<ValueId>,
    /// The layer that asked for it, as `model[3]`; gradients carry the layer of their forward op.
    pub layer: String,
}

/// A trained tensor.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// PyTorch's name, as `model.3.weight`.
    pub name: String,
    /// The value in the graph.
    pub value: ValueId,
    /// Shape in the engine.
    pub shape: Shape,
    /// Whether files hold it transposed: a dense weight is [in, out] here, [out, in] there.
    pub transposed: bool,
    /// How it starts.
    pub init: Init,
    /// Number of inputs and of outputs that one weight connects, for the initialiser.
    pub fans: (usize, usize),
    /// What changes it.
    pub role: Role,
}

/// What changes a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The optimizer.
    #[default]
    Trained,
    /// Nothing: the experiment says that it stays as it is.
    Frozen,
    /// A running statistic (batch_norm): each training step moves it towards what the step measured, the output
    /// `gradient:<name>`, by [`Role::MOMENTUM`].
    Running,
}

impl Role {
    /// How far a running statistic moves in a step; PyTorch's default.
    pub const MOMENTUM: f32 = 0.1;
}

impl Parameter {
    /// Shape in files (PyTorch's).
    pub fn file_shape(&self) -> Shape {
        if self.transposed { Shape(self.shape.0.iter().rev().copied().collect()) } else { self.shape.clone() }
    }
}

/// Values and nodes in the order of computation.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// All values.
    pub values: Vec<Value>,
    /// All nodes; a node's inputs come from earlier nodes.
    pub nodes: Vec<Node>,
    /// The trained tensors.
    pub parameters: Vec<Parameter>,
    /// What must be kept, by name: `loss`, `correct`, `output`, `gradient:<parameter>`.
    pub outputs: Vec<(String, ValueId)>,
    /// The layer being built; nodes are marked with it.
    pub layer: String,
    /// In a graph that is run token by token: inputs, and the values that they become before the next run.
    pub carried: Vec<(ValueId, ValueId)>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    fn value(&mut self, ty: Type, source: Source) -> ValueId {
        self.values.push(Value { ty, source });
        ValueId(self.values.len() as u32 - 1)
    }

    /// A value written from outside.
    pub fn input(&mut self, name: impl Into<String>, ty: Type) -> ValueId {
        self.value(ty, Source::Input(name.into()))
    }

    /// A value that never changes.
    pub fn constant(&mut self, shape: Shape, number: f32) -> ValueId {
        self.value(Type::f32(shape), Source::Constant(number))
    }

    /// A trained tensor; `parameter.value` is filled in.
    pub fn parameter(&mut self, mut parameter: Parameter) -> ValueId {
        let index = self.parameters.len();
        let id = self.value(Type::f32(parameter.shape.clone()), Source::Parameter(index));
        parameter.value = id;
        self.parameters.push(parameter);
        id
    }

    /// Applies `op`; the outputs' types come from its shape rule.
    ///
    /// # Errors
    /// [`crate::Error::Op`] with the operands' shapes when they don't fit.
    pub fn apply(&mut self, op: impl Op + 'static, inputs: &[ValueId]) -> Result<Vec<ValueId>> {
        self.apply_shared(Arc::new(op), inputs)
    }

    /// As [`Graph::apply`], for an op that is in use elsewhere.
    ///
    /// # Errors
    /// As [`Graph::apply`].
    pub fn apply_shared(&mut self, op: Arc<dyn Op>, inputs: &[ValueId]) -> Result<Vec<ValueId>> {
        let types: Vec<Type> = inputs.iter().map(|&id| self.ty(id).clone()).collect();
        let results = crate::ops::infer(&*op, &types)?;
        let node = self.nodes.len();
        let outputs: Vec<ValueId> =
            results.into_iter().enumerate().map(|(output, ty)| self.value(ty, Source::Node { node, output })).collect();
        let layer = self.layer.clone();
        self.nodes.push(Node { op, inputs: inputs.to_vec(), outputs: outputs.clone(), layer });
        Ok(outputs)
    }

    /// Applies an op and takes its first output.
    ///
    /// # Errors
    /// As [`Graph::apply`].
    pub fn apply1(&mut self, op: impl Op + 'static, inputs: &[ValueId]) -> Result<ValueId> {
        Ok(self.apply(op, inputs)?[0])
    }

    /// Names a value that must be kept.
    pub fn output(&mut self, name: impl Into<String>, id: ValueId) {
        self.outputs.push((name.into(), id));
    }

    /// The value of a kept name.
    pub fn find_output(&self, name: &str) -> Option<ValueId> {
        self.outputs.iter().find(|(n, _)| n == name).map(|&(_, id)| id)
    }

    /// The input of this name.
    pub fn find_input(&self, name: &str) -> Option<ValueId> {
        let found = self.values.iter().position(|v| matches!(&v.source, Source::Input(n) if n == name));
        found.map(|i| ValueId(i as u32))
    }

    /// A value's type.
    pub fn ty(&self, id: ValueId) -> &Type {
        &self.values[id.index()].ty
    }

    /// A value's shape.
    pub fn shape(&self, id: ValueId) -> &Shape {
        &self.ty(id).shape
    }

    /// The number that all elements of a constant have.
    pub fn as_constant(&self, id: ValueId) -> Option<f32> {
        match self.values[id.index()].source {
            Source::Constant(number) => Some(number),
            _ => None,
        }
    }

    /// Number of trained numbers.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(|p| p.shape.count()).sum()
    }
}
