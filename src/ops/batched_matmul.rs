//! `batched_matmul`: several products of matrices of one size.

use super::{
    Case, Lowering, Op,
    matmul::{self, VARIANTS},
    operands,
};
use crate::{
    graph::Type,
    kernels::{Call, Target},
};

/// y\[i, m, n\] = Σₖ a\[i, m, k\] · b\[i, k, n\].
#[derive(Clone, Debug, Default)]
pub struct BatchedMatmul {
    /// `a` is given as \[i, k, m\].
    pub transpose_a: bool,
    /// `b` is given as \[i, n, k\].
    pub transpose_b: bool,
}

impl BatchedMatmul {
    /// How many, and m, k, n.
    ///
    /// # Errors
    /// When the operands don't fit.
    pub fn sizes(&self, a: &Type, b: &Type) -> Result<(usize, (usize, usize, usize)), String> {
        let (&[count, rows_a, columns_a], &[same, rows_b, columns_b]) = (&a.shape.0[..], &b.shape.0[..]) else {
            return Err("operands must be [count, rows, columns]".into());
        };
        let (m, k) = if self.transpose_a { (columns_a, rows_a) } else { (rows_a, columns_a) };
        let (inner, n) = if self.transpose_b { (columns_b, rows_b) } else { (rows_b, columns_b) };
        if count != same || k != inner {
            return Err(format!("counts {count} and {same}, inner sizes {k} and {inner} must be equal"));
        }
        Ok((count, (m, k, n)))
    }

    fn each(&self, inputs: &[Type], calls: impl FnOnce((usize, usize, usize)) -> Vec<Call>) -> Vec<Call> {
        let Ok((count, sizes)) = self.sizes(&inputs[0], &inputs[1]) else { return Vec::new() };
        let mut calls = calls(sizes);
        calls.iter_mut().for_each(|call| call.groups[2] = count as u32);
        calls
    }
}

impl Op for BatchedMatmul {
    fn name(&self) -> &'static str {
        "batched_matmul"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [a, b] = operands::<2>(inputs)?;
        let (count, (m, _, n)) = self.sizes(a, b)?;
        Ok(vec![Type::f32([count, m, n])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let call = |sizes| vec![matmul::call(sizes, self.transpose_a, self.transpose_b)];
        self.each(inputs, call).pop().map_or(Lowering::View, Lowering::Kernel)
    }

    fn variants(&self, inputs: &[Type], _: &[Type], target: &Target) -> Vec<Call> {
        let transpose = (self.transpose_a, self.transpose_b);
        self.each(inputs, |sizes| VARIANTS.subgroup(sizes, transpose, target).into_iter().collect())
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        let sizes = self.sizes(&inputs[0], &inputs[1]);
        sizes.map_or(0, |(count, (m, k, n))| 2 * (count * m) as u64 * (k * n) as u64)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let op = |transpose_a, transpose_b| BatchedMatmul { transpose_a, transpose_b };
    vec![
        Case::new(op(false, false), [&[1, 1, 1], &[1, 1, 1]]),
        Case::new(op(false, false), [&[3, 7, 5], &[3, 5, 11]]),
        Case::new(op(false, true), [&[2, 5, 13], &[2, 67, 13]]),
        Case::new(op(true, false), [&[5, 3, 17], &[5, 3, 2]]),
        Case::new(op(true, true), [&[2, 13, 3], &[2, 5, 13]]),
        // Multiples of four, not of a tile: kernels with subgroups.
        Case::new(op(false, false), [&[3, 12, 20], &[3, 20, 36]]),
        Case::new(op(false, true), [&[5, 20, 28], &[5, 36, 28]]),
        Case::new(op(true, false), [&[2, 12, 28], &[2, 12, 68]]),
    ]
}
