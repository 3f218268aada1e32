//! `narrow`: a part of a tensor along a dimension (`torch.narrow`).

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{DType, Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(NARROW, "shape/narrow");
kernel!(NARROW_U32, "shape/narrow_u32");
kernel!(NARROW_GRAD, "shape/narrow_grad");

/// y = x at `start` .. `start + length` of `axis`. Shape: any, floats or whole numbers → the same but for
/// `length` along `axis`.
#[derive(Clone, Debug)]
pub struct Narrow {
    /// The dimension; 0 is the batch.
    pub axis: usize,
    /// Where the part begins.
    pub start: usize,
    /// How long it is.
    pub length: usize,
}

/// dx from dy: dy where the part was, 0 elsewhere.
#[derive(Clone, Debug)]
pub struct NarrowGrad {
    /// The dimension; 0 is the batch.
    pub axis: usize,
    /// Where the part begins.
    pub start: usize,
    /// Size of x along the dimension.
    pub size: usize,
}

/// A tensor cut before `axis`: as a matrix \[everything before, `axis` and everything after\], (rows, columns).
pub fn rows(shape: &Shape, axis: usize) -> (usize, usize) {
    let columns = shape.0[axis..].iter().product();
    (shape.0[..axis].iter().product(), columns)
}

/// `wide` is the larger tensor in either direction.
fn constants(call: Call, count: usize, wide: &Shape, narrow: &Shape, (axis, start): (usize, usize)) -> Lowering {
    let (row, length) = (rows(wide, axis).1, rows(narrow, axis).1);
    let start = start * (row / wide.0[axis]);
    let all = [("COUNT", count), ("ROW", row), ("START", start), ("LENGTH", length)];
    Lowering::Kernel(call.with(all.map(|(name, n)| (name, n.into()))))
}

impl Op for Narrow {
    fn name(&self) -> &'static str {
        "narrow"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        let mut y = x.clone();
        let Some(size) = y.shape.0.get_mut(self.axis) else {
            return Err(format!("there is no dimension {}", self.axis));
        };
        if self.length == 0 || self.start.saturating_add(self.length) > *size {
            return Err(format!("{} from {} on is not within {size}", self.length, self.start));
        }
        if x.dtype == DType::U8 {
            return Err("takes floats or whole numbers, not bytes".into());
        }
        *size = self.length;
        Ok(vec![y])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let x = g.ty(node.inputs[0]);
        let Some(dy) = dy[0].filter(|_| x.dtype == DType::F32) else { return Ok(vec![None]) };
        let size = x.shape.0[self.axis];
        Ok(vec![Some(g.apply1(NarrowGrad { axis: self.axis, start: self.start, size }, &[dy])?)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let (x, y) = (&inputs[0].shape, &outputs[0].shape);
        let kernel = if inputs[0].dtype == DType::F32 { &NARROW } else { &NARROW_U32 };
        constants(Call::new(kernel, 1, 1, groups_1d(y.count())), y.count(), x, y, (self.axis, self.start))
    }

    fn flops(&self, _: &[Type], _: &[Type]) -> u64 {
        0
    }
}

impl Op for NarrowGrad {
    fn name(&self) -> &'static str {
        "narrow_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy] = operands::<1>(inputs)?;
        let mut dx = dy.clone();
        match dx.shape.0.get_mut(self.axis) {
            Some(size) if self.start.saturating_add(*size) <= self.size => *size = self.size,
            _ => return Err(format!("does not fit into {} of dimension {}", self.size, self.axis)),
        }
        Ok(vec![dx])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let (dy, dx) = (&inputs[0].shape, &outputs[0].shape);
        constants(Call::new(&NARROW_GRAD, 1, 1, groups_1d(dx.count())), dx.count(), dx, dy, (self.axis, self.start))
    }

    fn flops(&self, _: &[Type], _: &[Type]) -> u64 {
        0
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, axis, start, length) in [
        (&[1][..], 0, 0, 1),
        (&[5, 7], 1, 0, 3),
        (&[5, 7], 1, 6, 1),
        (&[2, 11, 3], 1, 4, 5),
        (&[7, 3, 2], 0, 2, 3),
        (&[2, 3, 5, 13], 3, 1, 12),
    ] {
        cases.push(Case::new(Narrow { axis, start, length }, [shape]));
        let mut dy = shape.to_vec();
        dy[axis] = length;
        cases.push(Case::new(NarrowGrad { axis, start, size: shape[axis] }, [&dy]));
    }
    cases.push(Case::new(Narrow { axis: 1, start: 2, length: 3 }, []).labels(&[3, 7, 2], 1000));
    cases
}
