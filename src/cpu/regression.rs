//! Twin of `src/ops/regression.rs`.

use super::{Eval, Io, Real};
use crate::ops::regression::{ErrorTerm, Regression};

impl Eval for Regression {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (zero, half, one, two) = (T::default(), T::of(0.5), T::of(1.0), T::of(2.0));
        match self.error {
            ErrorTerm::Squared => self.terms(io, |d| (d * d, two * d)),
            ErrorTerm::Absolute => self.terms(io, |d| {
                let sign = if d > zero { one } else { -one };
                if d == zero { (zero, zero) } else { (sign * d, sign) }
            }),
            ErrorTerm::Huber { delta } => {
                let delta = T::of(delta.into());
                self.terms(io, |d| {
                    let sign = if d > zero { one } else { -one };
                    let size = sign * d;
                    if size > delta { (delta * (size - half * delta), sign * delta) } else { (half * d * d, d) }
                });
            }
        }
    }
}

impl Regression {
    /// `term`: of a difference, how it counts and the derivative of that.
    fn terms<T: Real>(&self, io: &mut Io<'_, T>, term: impl Fn(T) -> (T, T)) {
        let (y, targets) = (io.x(0), io.x(1));
        let valid = io.valid(y.len());
        let count = T::of((valid / self.reduction.terms(&io.inputs[0].ty.shape)) as f64);
        let mut loss = T::default();
        let (counted, padding) = io.y(1).split_at_mut(valid);
        for (dy, (&y, &target)) in counted.iter_mut().zip(y.iter().zip(targets)) {
            let (error, slope) = term(y - target);
            loss += error;
            *dy = slope / count;
        }
        padding.fill(T::default());
        io.y(0)[0] = loss / count;
    }
}
