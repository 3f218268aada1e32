//! Twin of `src/ops/gaussian_kl.rs`.

use super::{Eval, Io, Real};
use crate::ops::gaussian_kl::GaussianKl;

impl Eval for GaussianKl {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, columns) = (io.x(0), io.sizes(0)[1]);
        let valid = io.valid(io.sizes(0)[0]);
        let (half, one, count) = (T::of(0.5), T::of(1.0), T::of(valid as f64));
        let mut loss = T::default();
        let (counted, padding) = io.y(1).split_at_mut(valid * columns);
        for (x, dx) in x.chunks_exact(columns).zip(counted.chunks_exact_mut(columns)) {
            let (means, logs) = x.split_at(columns / 2);
            let (d_means, d_logs) = dx.split_at_mut(columns / 2);
            for (((&mean, &log), d_mean), d_log) in means.iter().zip(logs).zip(d_means).zip(d_logs) {
                let variance = log.exp();
                loss += half * (mean * mean + variance - log - one);
                *d_mean = mean / count;
                *d_log = half * (variance - one) / count;
            }
        }
        padding.fill(T::default());
        io.y(0)[0] = loss / count;
    }
}
