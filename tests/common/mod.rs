//! Operands for the ops' test cases, the same in every test.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod both;

use std::sync::Arc;

use trainyard::{
    cpu::{Data, Step},
    graph::{DType, Graph, Node, Source, Type, Value, ValueId},
    ops::{Case, Fill, Op, infer},
    random,
};

/// All samples of the batch count; the data set's order begins at 0.
pub const STEP: Step = Step { slot: 0, index: 0, cursor: 0, rows: u32::MAX, seed: 1, padding: [0; 3], hyper: [0.0; 4] };

/// The number that `fill` puts at `index` of operand `operand`. Rounded to f32, so that CPU and GPU compute with
/// the same ones.
pub fn normal(operand: usize, index: usize) -> f64 {
    f64::from(random::normal(5, operand as u32, index as u32) as f32)
}

/// What operand `operand` of type `ty` holds.
pub fn fill(operand: usize, ty: &Type, fill: Fill) -> Data<f64> {
    let indices = 0..ty.shape.count();
    match (ty.dtype, fill) {
        (DType::F32, Fill::Normal) => Data::Floats(indices.map(|i| normal(operand, i)).collect()),
        (DType::U32, Fill::Below(n)) => Data::Ints(indices.map(|i| below(n, operand, i)).collect()),
        (DType::U8, Fill::Below(n)) => Data::Bytes(indices.map(|i| below(n, operand, i) as u8).collect()),
        other => panic!("no way to fill an operand with {other:?}"),
    }
}

fn below(n: u32, operand: usize, index: usize) -> u32 {
    random::bits(6, operand as u32, index as u32) % n
}

/// A graph with the case's op as its only node, and the op's operands and results.
pub fn graph(case: &Case) -> (Graph, Vec<ValueId>, Vec<ValueId>) {
    let mut g = Graph::new();
    let inputs: Vec<_> =
        case.inputs.iter().enumerate().map(|(i, (ty, _))| g.input(format!("x{i}"), ty.clone())).collect();
    let outputs = apply(&mut g, &case.op, &inputs);
    (g, inputs, outputs)
}

/// [`Graph::apply`] for an op that a case owns.
fn apply(g: &mut Graph, op: &Arc<dyn Op>, inputs: &[ValueId]) -> Vec<ValueId> {
    let types: Vec<_> = inputs.iter().map(|&i| g.ty(i).clone()).collect();
    let node = g.nodes.len();
    let outputs = infer(&**op, &types).unwrap().into_iter().enumerate().map(|(output, ty)| {
        g.values.push(Value { ty, source: Source::Node { node, output } });
        ValueId(g.values.len() as u32 - 1)
    });
    let outputs: Vec<_> = outputs.collect();
    g.nodes.push(Node { op: op.clone(), inputs: inputs.to_vec(), outputs: outputs.clone(), layer: "case".into() });
    outputs
}

/// How a case is called in messages.
pub fn title(case: &Case) -> String {
    let shapes: Vec<_> = case.inputs.iter().map(|(ty, _)| ty.to_string()).collect();
    format!("{:?} of {}", case.op, shapes.join(", "))
}
