//! Twin of `src/ops/narrow.rs`.

use super::{Data, Eval, Io, Real};
use crate::{
    graph::Shape,
    ops::narrow::{Narrow, NarrowGrad, rows},
};

/// Columns of the wide matrix, of the narrow one, and before it.
fn columns(wide: &Shape, narrow: &Shape, axis: usize, start: usize) -> (usize, usize, usize) {
    let row = rows(wide, axis).1;
    (row, rows(narrow, axis).1, start * (row / wide.0[axis]))
}

fn copy<T: Copy>(x: &[T], y: &mut [T], (row, length, start): (usize, usize, usize)) {
    for (y, x) in y.chunks_exact_mut(length).zip(x.chunks_exact(row)) {
        y.copy_from_slice(&x[start..][..length]);
    }
}

impl Eval for Narrow {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let columns = columns(&io.inputs[0].ty.shape, &io.outputs[0].ty.shape, self.axis, self.start);
        match (&io.inputs[0].data, &mut io.outputs[0].data) {
            (Data::Floats(x), Data::Floats(y)) => copy(x, y, columns),
            (Data::Ints(x), Data::Ints(y)) => copy(x, y, columns),
            _ => unreachable!("the shape rule keeps the element type and takes no bytes"),
        }
    }
}

impl Eval for NarrowGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (row, length, start) = columns(&io.outputs[0].ty.shape, &io.inputs[0].ty.shape, self.axis, self.start);
        let dy = io.x(0);
        let dx = io.y(0);
        dx.fill(T::default());
        for (dx, dy) in dx.chunks_exact_mut(row).zip(dy.chunks_exact(length)) {
            dx[start..][..length].copy_from_slice(dy);
        }
    }
}
