//! `rotary`: rotary position embedding (Su et al., 2021, "RoFormer").

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(ROTARY, "sequence/rotary");

/// Rotates each pair (i, i + size / 2) of a head, as GPT-NeoX and LLaMA do, by the angle t / 10000^(2 i / size).
/// Shape: \[batch, time, columns\] → the same; the first `heads` · `size` columns are heads, the others stay.
#[derive(Clone, Debug)]
pub struct Rotary {
    /// Heads that are rotated: those of queries and of keys.
    pub heads: usize,
    /// Columns of a head.
    pub size: usize,
    /// By the negative angle: the gradient.
    pub inverse: bool,
    /// Whether x is one token, at position `step.cursor`.
    pub decode: bool,
}

impl Op for Rotary {
    fn name(&self) -> &'static str {
        "rotary"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        if x.shape.rank() != 3 || x.shape.last() < self.heads * self.size {
            return Err(format!("expected [batch, time, columns] with {} heads of {}", self.heads, self.size));
        }
        if !self.size.is_multiple_of(2) {
            return Err(format!("heads of {} columns can't be rotated in pairs: an even number is needed", self.size));
        }
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(Self { inverse: !self.inverse, ..self.clone() }, &[dy])?)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let shape = &inputs[0].shape;
        let constants = [
            ("COUNT", shape.count().into()),
            ("TIME", shape.0[1].into()),
            ("COLUMNS", shape.last().into()),
            ("ROTATED", (self.heads * self.size).into()),
            ("SIZE", self.size.into()),
            ("SIGN", (if self.inverse { -1.0_f32 } else { 1.0 }).into()),
            ("DECODE", self.decode.into()),
        ];
        Lowering::Kernel(Call::new(&ROTARY, 1, 1, groups_1d(shape.count())).with(constants))
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        3 * outputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let op = |heads, size| Rotary { heads, size, inverse: false, decode: false };
    vec![
        Case::new(op(1, 2), [&[1, 1, 2]]),
        Case::new(op(3, 6), [&[2, 37, 23]]),
        Case::new(Rotary { inverse: true, ..op(2, 10) }, [&[3, 5, 20]]),
        Case::new(Rotary { decode: true, ..op(2, 4) }, [&[1, 1, 11]]),
    ]
}
