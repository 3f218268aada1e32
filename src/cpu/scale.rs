//! Twin of `src/ops/scale.rs`.

use super::{Eval, Io, Real};
use crate::ops::scale::Scale;

impl Eval for Scale {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let factor = T::of(self.factor.into());
        io.map(|x| factor * x);
    }
}
