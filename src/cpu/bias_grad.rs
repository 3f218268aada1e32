//! Twin of `src/ops/bias_grad.rs`.

use super::{Eval, Io, Real, batch_norm::sums};
use crate::ops::bias_grad::BiasGrad;

impl Eval for BiasGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, inner) = (io.x(0), io.sizes(0)[2..].iter().product());
        sums(io.y(0), inner, dy, dy, |_, dy, _| dy);
    }
}
