//! Twin of `src/ops/softmax.rs`.

use super::{Eval, Io, Real, argmax, sum};
use crate::ops::softmax::{Softmax, SoftmaxGrad};

/// Makes `row` exp(row − max) and returns their sum and the maximum.
pub(super) fn exponentials<T: Real>(x: &[T], row: &mut [T]) -> (T, T) {
    let top = x[argmax(x)];
    for (e, &x) in row.iter_mut().zip(x) {
        *e = (x - top).exp();
    }
    (sum(row), top)
}

impl Eval for Softmax {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, columns) = (io.x(0), io.inputs[0].ty.shape.last());
        for (y, x) in io.y(0).chunks_exact_mut(columns).zip(x.chunks_exact(columns)) {
            let (sum, _) = exponentials(x, y);
            for y in y {
                *y /= sum;
            }
        }
    }
}

impl Eval for SoftmaxGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, y, columns) = (io.x(0), io.x(1), io.inputs[0].ty.shape.last());
        let rows = dy.chunks_exact(columns).zip(y.chunks_exact(columns));
        for (dx, (dy, y)) in io.y(0).chunks_exact_mut(columns).zip(rows) {
            let dot = dy.iter().zip(y).map(|(&dy, &y)| dy * y).sum::<T>();
            for (dx, (&dy, &y)) in dx.iter_mut().zip(dy.iter().zip(y)) {
                *dx = y * (dy - dot);
            }
        }
    }
}
