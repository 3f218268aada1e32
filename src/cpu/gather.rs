//! Twin of `src/ops/gather.rs`.

use super::{Eval, Io, Real};
use crate::ops::gather::Gather;

impl Eval for Gather {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (items, labels, order) = (io.bytes(0), io.bytes(1), io.ints(2));
        let cursor = io.step.cursor as usize;
        // Past the end of an epoch, any sample does: step.rows keeps it out of the loss.
        let sample = |row: usize| order[(cursor + row).min(order.len() - 1)] as usize;
        let item = items.len() / labels.len();
        for (row, x) in io.y(0).chunks_exact_mut(item).enumerate() {
            let bytes = &items[sample(row) * item..][..item];
            for (x, &byte) in x.iter_mut().zip(bytes) {
                *x = T::of(byte.into()) / T::of(255.0);
            }
        }
        for (row, label) in io.ints_mut(1).iter_mut().enumerate() {
            *label = labels[sample(row)].into();
        }
    }
}
