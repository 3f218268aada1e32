//! Twin of `src/ops/softplus.rs`.

use super::{Eval, Io, Real};
use crate::ops::softplus::{Softplus, SoftplusGrad};

impl Eval for Softplus {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (zero, one) = (T::default(), T::of(1.0));
        io.map(|x| {
            let (positive, negative) = if x > zero { (x, -x) } else { (zero, x) };
            positive + (one + negative.exp()).ln()
        });
    }
}

impl Eval for SoftplusGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let one = T::of(1.0);
        io.map2(|dy, y| dy * (one - (-y).exp()));
    }
}
