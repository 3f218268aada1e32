//! Twin of `src/ops/add_rows.rs`.

use super::{Eval, Io, Real, accumulate};
use crate::ops::add_rows::{AddRows, AddRowsGrad, AddRowsStep};

impl Eval for AddRows {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, table) = (io.x(0), io.x(1));
        let sizes = io.sizes(0);
        let steps = if io.sizes(1).len() == 2 { sizes[1] } else { 1 };
        let period = steps * io.inputs[0].ty.shape.last();
        for (y, x) in io.y(0).chunks_exact_mut(period).zip(x.chunks_exact(period)) {
            for (y, (&x, &row)) in y.iter_mut().zip(x.iter().zip(table)) {
                *y = x + row;
            }
        }
    }
}

impl Eval for AddRowsGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let dy = io.x(0);
        let steps = self.length.map_or(1, |_| io.sizes(0)[1]);
        let period = steps * io.inputs[0].ty.shape.last();
        let table = io.y(0);
        table.fill(T::default());
        for dy in dy.chunks_exact(period) {
            accumulate(table, dy);
        }
    }
}

impl Eval for AddRowsStep {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, table) = (io.x(0), io.x(1));
        let (rows, d) = (io.sizes(1)[0], io.sizes(1)[1]);
        let row = &table[(io.step.cursor as usize).min(rows - 1) * d..][..d];
        for (y, x) in io.y(0).chunks_exact_mut(d).zip(x.chunks_exact(d)) {
            for (y, (&x, &row)) in y.iter_mut().zip(x.iter().zip(row)) {
                *y = x + row;
            }
        }
    }
}
