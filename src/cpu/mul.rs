//! Twin of `src/ops/mul.rs`.

use super::{Eval, Io, Real};
use crate::ops::mul::Mul;

impl Eval for Mul {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        io.map2(|a, b| a * b);
    }
}
