//! Twin of `src/ops/dropout.rs`.

use super::{Eval, Io, Real};
use crate::{
    ops::dropout::Dropout,
    random::{hash, uniform},
};

impl Eval for Dropout {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let seed = io.step.seed ^ hash(io.step.index);
        let kept = T::of((1.0 - self.rate).into());
        let x = io.x(0);
        for (i, (y, &x)) in io.y(0).iter_mut().zip(x).enumerate() {
            let keep = uniform(seed, self.stream, i as u32) >= self.rate;
            *y = if keep { x / kept } else { T::default() };
        }
    }
}
