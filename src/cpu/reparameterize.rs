//! Twin of `src/ops/reparameterize.rs`.

use super::{Eval, Io, Real};
use crate::ops::reparameterize::{Reparameterize, ReparameterizeGrad};

impl Eval for Reparameterize {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, noise, n, half) = (io.x(0), io.x(1), io.sizes(1)[1], T::of(0.5));
        let rows = x.chunks_exact(2 * n).zip(noise.chunks_exact(n));
        for (z, (x, noise)) in io.y(0).chunks_exact_mut(n).zip(rows) {
            let (means, logs) = x.split_at(n);
            for (((z, &mean), &log), &noise) in z.iter_mut().zip(means).zip(logs).zip(noise) {
                *z = mean + (half * log).exp() * noise;
            }
        }
    }
}

impl Eval for ReparameterizeGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dz, x, noise, n, half) = (io.x(0), io.x(1), io.x(2), io.sizes(0)[1], T::of(0.5));
        let rows = dz.chunks_exact(n).zip(x.chunks_exact(2 * n)).zip(noise.chunks_exact(n));
        for (dx, ((dz, x), noise)) in io.y(0).chunks_exact_mut(2 * n).zip(rows) {
            let (d_means, d_logs) = dx.split_at_mut(n);
            d_means.copy_from_slice(dz);
            for (((d_log, &dz), &log), &noise) in d_logs.iter_mut().zip(dz).zip(&x[n..]).zip(noise) {
                *d_log = dz * half * (half * log).exp() * noise;
            }
        }
    }
}
