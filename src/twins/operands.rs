//! Operands for the ops' cases, the same in every test.

use crate::{
    cpu::{Data, Step},
    error::Result,
    graph::{DType, Graph, Type, ValueId},
    ops::{Case, Fill},
    random,
};

/// All samples of the batch count; the data set's order begins at 0.
pub const STEP: Step = Step { slot: 0, index: 0, cursor: 0, rows: u32::MAX, seed: 1, padding: [0; 3], hyper: [0.0; 4] };

/// The number that [`fill`] puts at `index` of operand `operand`. Rounded to f32, so that CPU and GPU compute with
/// the same ones.
pub fn normal(operand: usize, index: usize) -> f64 {
    f64::from(random::normal(5, operand as u32, index as u32) as f32)
}

/// What operand `operand` of type `ty` holds.
///
/// # Panics
/// When a case asks for labels that are floats, or for whole numbers that are normal.
pub fn fill(operand: usize, ty: &Type, fill: Fill) -> Data<f64> {
    let indices = 0..ty.shape.count();
    match (ty.dtype, fill) {
        (DType::F32, Fill::Normal) => Data::Floats(indices.map(|i| normal(operand, i)).collect()),
        (DType::U32, Fill::Below(n)) => Data::Ints(indices.map(|i| below(n, operand, i)).collect()),
        (DType::U8, Fill::Below(n)) => Data::Bytes(indices.map(|i| below(n, operand, i) as u8).collect()),
        other => panic!("a test case is wrong: no way to fill an operand with {other:?}"),
    }
}

fn below(n: u32, operand: usize, index: usize) -> u32 {
    random::bits(6, operand as u32, index as u32) % n
}

/// A graph with the case's op as its only node, and the op's operands and results.
///
/// # Errors
/// When the op does not take the case's operands.
pub fn graph(case: &Case) -> Result<(Graph, Vec<ValueId>, Vec<ValueId>)> {
    let mut g = Graph::new();
    let inputs: Vec<_> =
        case.inputs.iter().enumerate().map(|(i, (ty, _))| g.input(format!("x{i}"), ty.clone())).collect();
    let outputs = g.apply_shared(case.op.clone(), &inputs)?;
    Ok((g, inputs, outputs))
}

/// How a case is called in messages.
pub fn title(case: &Case) -> String {
    let shapes: Vec<_> = case.inputs.iter().map(|(ty, _)| ty.to_string()).collect();
    format!("{:?} of {}", case.op, shapes.join(", "))
}
