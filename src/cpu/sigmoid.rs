//! Twin of `src/ops/sigmoid.rs`.

use super::{Eval, Io, Real};
use crate::ops::sigmoid::{Sigmoid, SigmoidGrad};

impl Eval for Sigmoid {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        io.map(T::sigmoid);
    }
}

impl Eval for SigmoidGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let one = T::of(1.0);
        io.map2(|dy, y| dy * y * (one - y));
    }
}
