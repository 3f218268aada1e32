//! Twin of `src/ops/distillation.rs`.

use super::{Eval, Io, Real, argmax};
use crate::ops::distillation::Distillation;

/// The logarithm of Σ exp((x − max) / T), and max.
fn log_sum<T: Real>(row: &[T], temperature: T) -> (T, T) {
    let top = row[argmax(row)];
    (row.iter().map(|&x| ((x - top) / temperature).exp()).sum::<T>().ln(), top)
}

impl Eval for Distillation {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (student, teacher) = (io.x(0), io.x(1));
        let classes = io.inputs[0].ty.shape.last();
        let valid = io.valid(student.len() / classes);
        let t = T::of(self.temperature.into());
        let count = T::of(valid as f64);
        let mut divergence = T::default();
        let (counted, padding) = io.y(1).split_at_mut(valid * classes);
        let rows = student.chunks_exact(classes).zip(teacher.chunks_exact(classes));
        for (dx, (student, teacher)) in counted.chunks_exact_mut(classes).zip(rows) {
            let ((log_q, top_q), (log_p, top_p)) = (log_sum(student, t), log_sum(teacher, t));
            for (dx, (&x, &y)) in dx.iter_mut().zip(student.iter().zip(teacher)) {
                let (q, p) = ((x - top_q) / t - log_q, (y - top_p) / t - log_p);
                let share = p.exp();
                divergence += share * (p - q);
                *dx = t * (q.exp() - share) / count;
            }
        }
        padding.fill(T::default());
        io.y(0)[0] = t * t * divergence / count;
    }
}
