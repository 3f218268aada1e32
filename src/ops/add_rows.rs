//! `add_rows`: adds a table to every sample (learned positions), or a row to every row (a bias).

use super::{Case, Lowering, Op, add, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::{Call, Index, Pointwise, groups_1d},
};

kernel!(ADD_ROWS_GRAD, "sequence/add_rows_grad");

/// y\[b, t, d\] = x\[b, t, d\] + table\[t, d\] with a table \[length, d\] of at least as many rows as x has steps;
/// y\[…, d\] = x\[…, d\] + bias\[d\].
#[derive(Clone, Debug)]
pub struct AddRows;

/// d table: the sum of dy over the samples (of a bias, over all rows); 0 in rows beyond the sequence.
#[derive(Clone, Debug)]
pub struct AddRowsGrad {
    /// Rows of the table; None: the gradient of a bias.
    pub length: Option<usize>,
}

/// y\[b, 0, d\] = x\[b, 0, d\] + table\[step.cursor, d\]: what [`AddRows`] does to one token. Beyond the table, its last
/// row counts.
#[derive(Clone, Debug)]
pub struct AddRowsStep;

/// How many numbers of the table are added, again and again.
fn period(x: &Type, table: bool) -> usize {
    let steps = if table { x.shape.0[1] } else { 1 };
    steps * x.shape.last()
}

impl Op for AddRows {
    fn name(&self) -> &'static str {
        "add_rows"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, table] = operands::<2>(inputs)?;
        match (&x.shape.0[..], &table.shape.0[..]) {
            ([_, time, d], [length, columns]) if d == columns => {
                if time > length {
                    return Err(format!("sequence of {time} is longer than the {length} positions"));
                }
            }
            ([_, .., d], [columns]) if d == columns => {}
            _ => return Err("expected [batch, time, d] and [length, d], or [batch, ..., d] and [d]".into()),
        }
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None, None]) };
        let table = g.shape(node.inputs[1]);
        let length = (table.rank() == 2).then(|| table.0[0]);
        Ok(vec![Some(dy), Some(g.apply1(AddRowsGrad { length }, &[dy])?)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(add::bias(1, period(&inputs[0], inputs[1].shape.rank() == 2)))
    }
}

impl Op for AddRowsGrad {
    fn name(&self) -> &'static str {
        "add_rows_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy] = operands::<1>(inputs)?;
        let d = dy.shape.last();
        match self.length {
            None => Ok(vec![Type::f32([d])]),
            Some(length) if dy.shape.rank() == 3 && dy.shape.0[1] <= length => Ok(vec![Type::f32([length, d])]),
            Some(length) => Err(format!("expected [batch, time, d] of at most {length} steps")),
        }
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let period = period(&inputs[0], self.length.is_some());
        let (count, table) = (inputs[0].shape.count(), outputs[0].shape.count());
        let constants = [("COUNT", count.into()), ("PERIOD", period.into()), ("TABLE", table.into())];
        Lowering::Kernel(Call::new(&ADD_ROWS_GRAD, 1, 1, groups_1d(table)).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        inputs[0].shape.count() as u64
    }
}

impl Op for AddRowsStep {
    fn name(&self) -> &'static str {
        "add_rows_step"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, table] = operands::<2>(inputs)?;
        match (&x.shape.0[..], &table.shape.0[..]) {
            ([_, 1, d], [_, columns]) if d == columns => Ok(vec![x.clone()]),
            _ => Err("expected one token, [batch, 1, d], and [length, d]".into()),
        }
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let table = &inputs[1].shape;
        let mut add = Pointwise::same(&add::ADD, 2, "add({0}, {1})");
        add.operands[1] = Index::Cursor { rows: table.0[0], columns: table.0[1] };
        Lowering::Pointwise(add)
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(AddRows, [&[1, 1, 1], &[1, 1]]),
        Case::new(AddRows, [&[3, 5, 7], &[11, 7]]),
        Case::new(AddRows, [&[3, 5, 7], &[7]]),
        Case::new(AddRows, [&[2, 131], &[131]]),
        Case::new(AddRowsGrad { length: None }, [&[3, 5, 7]]),
        Case::new(AddRowsGrad { length: Some(11) }, [&[3, 5, 7]]),
        Case::new(AddRowsStep, [&[1, 1, 1], &[1, 1]]),
        Case::new(AddRowsStep, [&[2, 1, 67], &[5, 67]]),
    ]
}
