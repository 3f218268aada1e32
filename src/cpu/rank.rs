//! Twin of `src/ops/rank.rs`.

use super::{Eval, Io, Real};
use crate::ops::rank::Rank;

impl Eval for Rank {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (logits, labels, classes) = (io.x(0), io.ints(1), io.inputs[0].ty.shape.last());
        let rows = logits.chunks_exact(classes).zip(labels);
        for (above, (row, &label)) in io.ints_mut(0).iter_mut().zip(rows) {
            let larger = |own: &T| row.iter().filter(|x| *x > own).count();
            *above = row.get(label as usize).map_or(classes, larger) as u32;
        }
    }
}
