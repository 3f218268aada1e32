//! Twin of `src/ops/upsample.rs`.

use super::{Eval, Io, Real};
use crate::ops::upsample::Upsample;

impl Eval for Upsample {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, width, factor) = (io.x(0), io.inputs[0].ty.shape.last(), self.factor);
        let wide = width * factor;
        for (y, x) in io.y(0).chunks_exact_mut(wide * factor).zip(x.chunks_exact(width)) {
            let (first, others) = y.split_at_mut(wide);
            for (copies, &x) in first.chunks_exact_mut(factor).zip(x) {
                copies.fill(x);
            }
            for row in others.chunks_exact_mut(wide) {
                row.copy_from_slice(first);
            }
        }
    }
}
