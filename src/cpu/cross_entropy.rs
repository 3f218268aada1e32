//! Twin of `src/ops/cross_entropy.rs`.

use super::{Eval, Io, Real, argmax, softmax::exponentials, sum};
use crate::ops::cross_entropy::CrossEntropy;

impl Eval for CrossEntropy {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (logits, labels) = (io.x(0), io.ints(1));
        let classes = logits.len() / labels.len();
        let valid = io.valid(labels.len());
        let counts = |label: u32| self.ignore != Some(label);
        let counted = labels[..valid].iter().filter(|&&label| counts(label)).count();
        let count = T::of(counted as f64);
        let hot = T::of(1.0 - f64::from(self.smoothing));
        let others = T::of(f64::from(self.smoothing) / classes as f64);
        let (mut loss, mut correct) = (T::default(), 0);
        let rows = logits.chunks_exact(classes).zip(labels);
        let (within, padding) = io.y(3).split_at_mut(valid * classes);
        for (dx, (x, &label)) in within.chunks_exact_mut(classes).zip(rows) {
            if !counts(label) {
                dx.fill(T::default());
                continue;
            }
            let label = label as usize;
            let (total, top) = exponentials(x, dx);
            // Relative to the largest, as the logits' own size would drown the differences.
            loss += total.ln() - hot * (x[label] - top);
            if self.smoothing > 0.0 {
                loss += others * (T::of(classes as f64) * top - sum(x));
            }
            correct += usize::from(argmax(x) == label);
            for dx in dx.iter_mut() {
                *dx = *dx / total - others;
            }
            dx[label] += -hot;
            for dx in dx {
                *dx /= count;
            }
        }
        padding.fill(T::default());
        io.y(0)[0] = loss / T::of(counted.max(1) as f64);
        io.y(1)[0] = T::of(correct as f64);
        io.y(2)[0] = count;
    }
}
