//! Twin of `src/ops/argmax.rs`.

use super::{Eval, Io, Real, argmax};
use crate::ops::argmax::Argmax;

impl Eval for Argmax {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, columns) = (io.x(0), io.inputs[0].ty.shape.last());
        for (best, row) in io.ints_mut(0).iter_mut().zip(x.chunks_exact(columns)) {
            *best = argmax(row) as u32;
        }
    }
}
