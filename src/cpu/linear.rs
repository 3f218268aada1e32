//! Twin of `src/ops/linear.rs`.

use super::{Eval, Io, Real, column_sums};
use crate::ops::linear::{Linear, LinearWeightGrad};

impl Eval for Linear {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, bias) = (io.x(0), io.x(1), io.x(2));
        let (m, k, n) = (io.inputs[0].ty.shape.rows(), io.inputs[0].ty.shape.last(), bias.len());
        let y = io.y(0);
        for row in y.chunks_exact_mut(n) {
            row.copy_from_slice(bias);
        }
        T::gemm((m, k, n), (x, (k, 1)), (w, (n, 1)), T::of(1.0), (y, n));
    }
}

impl Eval for LinearWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, dy) = (io.x(0), io.x(1));
        let (m, k) = (io.inputs[0].ty.shape.rows(), io.inputs[0].ty.shape.last());
        let n = io.inputs[1].ty.shape.last();
        T::gemm((k, m, n), (x, (1, k)), (dy, (n, 1)), T::default(), (io.y(0), n));
        column_sums(io.y(1), dy);
    }
}
