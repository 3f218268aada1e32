//! Twin of `src/ops/add.rs`.

use super::{Eval, Io, Real};
use crate::ops::add::Add;

impl Eval for Add {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        io.map2(|a, b| a + b);
    }
}
