//! Twin of `src/ops/cross_entropy.rs`.

use super::{Eval, Io, Real, argmax, softmax::exponentials};
use crate::ops::cross_entropy::CrossEntropy;

impl Eval for CrossEntropy {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (logits, labels) = (io.x(0), io.ints(1));
        let classes = logits.len() / labels.len();
        let valid = io.valid(labels.len());
        let count = T::of(valid as f64);
        let (mut loss, mut correct) = (T::default(), 0);
        let rows = logits.chunks_exact(classes).zip(labels);
        let (counted, padding) = io.y(2).split_at_mut(valid * classes);
        for (dx, (x, &label)) in counted.chunks_exact_mut(classes).zip(rows) {
            let label = label as usize;
            let (sum, top) = exponentials(x, dx);
            loss += sum.ln() + top - x[label];
            correct += usize::from(argmax(x) == label);
            for dx in dx.iter_mut() {
                *dx /= sum;
            }
            dx[label] += T::of(-1.0);
            for dx in dx {
                *dx /= count;
            }
        }
        padding.fill(T::default());
        io.y(0)[0] = loss / count;
        io.y(1)[0] = T::of(correct as f64);
    }
}
