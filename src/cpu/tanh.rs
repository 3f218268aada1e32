//! Twin of `src/ops/tanh.rs`.

use super::{Eval, Io, Real};
use crate::ops::tanh::{Tanh, TanhGrad};

impl Eval for Tanh {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        io.map(T::tanh);
    }
}

impl Eval for TanhGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let one = T::of(1.0);
        io.map2(|dy, y| dy * (one - y * y));
    }
}
