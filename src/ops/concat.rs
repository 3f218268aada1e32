//! `concat`: tensors one after the other along a dimension (`torch.cat`).

use super::{Case, Lowering, Op, narrow::Narrow, narrow::rows};
use crate::{
    error::Result,
    graph::{DType, Graph, Node, Type, ValueId},
    kernel,
    kernels::{Call, Operand, groups_1d},
};

kernel!(CONCAT, "shape/concat");

/// Operands that one kernel binds.
pub const MOST: usize = 4;

/// y = its operands one after the other along `axis`. Shapes: 1 to [`MOST`] tensors of floats that differ in size
/// along `axis` alone → their sizes there added up. [`concat`] takes any number.
#[derive(Clone, Debug)]
pub struct Concat {
    /// The dimension; 0 is the batch.
    pub axis: usize,
}

/// Concatenates any number of values along `axis`, [`MOST`] at a time.
///
/// # Errors
/// When their shapes don't fit.
pub fn concat(g: &mut Graph, values: &[ValueId], axis: usize) -> Result<ValueId> {
    let mut values = values.to_vec();
    while values.len() > MOST {
        values = values.chunks(MOST).map(|some| concat(g, some, axis)).collect::<Result<_>>()?;
    }
    match values[..] {
        [one] => Ok(one),
        _ => g.apply1(Concat { axis }, &values),
    }
}

impl Op for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        if inputs.is_empty() || inputs.len() > MOST {
            return Err(format!("takes 1 to {MOST} operands, got {}", inputs.len()));
        }
        let mut sum = inputs[0].clone();
        if self.axis >= sum.shape.rank() {
            return Err(format!("there is no dimension {}", self.axis));
        }
        if inputs.iter().any(|x| x.dtype != DType::F32) {
            return Err("takes floats".into());
        }
        sum.shape.0[self.axis] = 0;
        for x in inputs {
            let size = x.shape.0.get(self.axis).copied().unwrap_or_default();
            let mut others = x.shape.0.clone();
            if let Some(size) = others.get_mut(self.axis) {
                *size = sum.shape.0[self.axis];
            }
            if others != sum.shape.0 {
                return Err(format!("operands may differ in dimension {} alone", self.axis));
            }
            sum.shape.0[self.axis] += size;
        }
        Ok(vec![sum])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; node.inputs.len()]) };
        let mut start = 0;
        let mut part = |x: &ValueId| {
            let length = g.shape(*x).0[self.axis];
            let dx = g.apply1(Narrow { axis: self.axis, start, length }, &[dy])?;
            start += length;
            Ok(Some(dx))
        };
        node.inputs.iter().map(&mut part).collect()
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let count = outputs[0].shape.count();
        let mut call = Call::new(&CONCAT, 0, 0, groups_1d(count)).with([("COUNT", count.into())]);
        for (i, name) in ["A", "B", "C", "D"].into_iter().enumerate() {
            let row = inputs.get(i).map_or(0, |x| rows(&x.shape, self.axis).1);
            call.constants.push((name, row.into()));
            call.operands.push(Operand::In(if i < inputs.len() { i } else { 0 }));
        }
        call.operands.push(Operand::Out(0));
        Lowering::Kernel(call)
    }

    fn flops(&self, _: &[Type], _: &[Type]) -> u64 {
        0
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Concat { axis: 0 }, [&[1]]),
        Case::new(Concat { axis: 1 }, [&[5, 3], &[5, 1]]),
        Case::new(Concat { axis: 1 }, [&[2, 3, 5, 7], &[2, 1, 5, 7], &[2, 2, 5, 7]]),
        Case::new(Concat { axis: 2 }, [&[3, 5, 7], &[3, 5, 1], &[3, 5, 13], &[3, 5, 2]]),
        Case::new(Concat { axis: 0 }, [&[3, 11], &[1, 11]]),
    ]
}
