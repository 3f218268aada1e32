//! Twin of `src/ops/binary_cross_entropy.rs`.

use super::{Eval, Io, Real};
use crate::ops::binary_cross_entropy::BinaryCrossEntropy;

impl Eval for BinaryCrossEntropy {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (logits, targets) = (io.x(0), io.x(1));
        let valid = io.valid(logits.len());
        let terms = self.reduction.terms(&io.inputs[0].ty.shape);
        let count = T::of((valid / terms) as f64);
        let (zero, one) = (T::default(), T::of(1.0));
        let (mut loss, mut right) = (0.0, 0);
        let (counted, padding) = io.y(3).split_at_mut(valid);
        for (dx, (&x, &t)) in counted.iter_mut().zip(logits.iter().zip(targets)) {
            let e = if x > zero { (-x).exp() } else { x.exp() };
            let above = if x > zero { x } else { zero };
            loss += (above - x * t).f64() + e.f64().ln_1p();
            right += usize::from((x > zero) == (t > T::of(0.5)));
            *dx = ((if x > zero { one } else { e }) / (one + e) - t) / count;
        }
        padding.fill(zero);
        io.y(0)[0] = T::of(loss) / count;
        io.y(1)[0] = T::of(right as f64 / terms as f64);
        io.y(2)[0] = count;
    }
}
