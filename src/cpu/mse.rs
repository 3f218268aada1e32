//! Twin of `src/ops/mse.rs`.

use super::{Eval, Io, Real};
use crate::ops::mse::Mse;

impl Eval for Mse {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (y, target) = (io.x(0), io.x(1));
        let valid = io.valid(y.len());
        let (count, two) = (T::of(valid as f64), T::of(2.0));
        let mut loss = T::default();
        let (counted, padding) = io.y(1).split_at_mut(valid);
        for (dy, (&y, &target)) in counted.iter_mut().zip(y.iter().zip(target)) {
            let d = y - target;
            loss += d * d;
            *dy = two * d / count;
        }
        padding.fill(T::default());
        io.y(0)[0] = loss / count;
    }
}
