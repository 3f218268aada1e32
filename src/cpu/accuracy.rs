//! Twin of `src/ops/accuracy.rs`.

use super::{Eval, Io, Real, argmax};
use crate::ops::accuracy::Accuracy;

impl Eval for Accuracy {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (scores, labels) = (io.x(0), io.ints(1));
        let classes = scores.len() / labels.len();
        let valid = io.valid(labels.len());
        let rows = scores.chunks_exact(classes).zip(labels).take(valid);
        let hits = rows.filter(|&(row, &label)| argmax(row) == label as usize).count();
        io.y(0)[0] = T::of(hits as f64);
    }
}
