//! Twin of `src/ops/batch_norm.rs`.

use super::{Eval, Io, Real, sum_over};
use crate::{
    graph::Type,
    ops::batch_norm::{BatchNorm, BatchNormEval, BatchNormGrad, sizes},
};

/// Channels and pixels of \[batch, channels, …\].
fn channels(x: &Type) -> (usize, usize) {
    match sizes(x) {
        Ok([_, channels, inner]) => (channels, inner),
        Err(message) => unreachable!("the shape rule has checked it: {message}"),
    }
}

/// to\[channel\] = Σ f(channel, a, b) over batch and pixels.
pub(super) fn sums<T: Real>(to: &mut [T], inner: usize, a: &[T], b: &[T], f: impl Fn(usize, T, T) -> T) {
    let row = to.len() * inner;
    to.fill(T::default());
    for (a, b) in a.chunks_exact(row).zip(b.chunks_exact(row)) {
        if inner == 1 {
            for (channel, (to, (&a, &b))) in to.iter_mut().zip(a.iter().zip(b)).enumerate() {
                *to += f(channel, a, b);
            }
            continue;
        }
        let planes = a.chunks_exact(inner).zip(b.chunks_exact(inner));
        for (channel, (to, (a, b))) in to.iter_mut().zip(planes).enumerate() {
            *to += sum_over(a, b, |a, b| f(channel, a, b));
        }
    }
}

/// y = f(channel, a, b)
fn each<T: Real>(y: &mut [T], of: (usize, usize), a: &[T], b: &[T], f: impl Fn(usize, T, T) -> T) {
    let (channels, inner) = of;
    let row = channels * inner;
    for (y, (a, b)) in y.chunks_exact_mut(row).zip(a.chunks_exact(row).zip(b.chunks_exact(row))) {
        if inner == 1 {
            for (channel, (y, (&a, &b))) in y.iter_mut().zip(a.iter().zip(b)).enumerate() {
                *y = f(channel, a, b);
            }
            continue;
        }
        let planes = y.chunks_exact_mut(inner).zip(a.chunks_exact(inner).zip(b.chunks_exact(inner)));
        for (channel, (y, (a, b))) in planes.enumerate() {
            for (y, (&a, &b)) in y.iter_mut().zip(a.iter().zip(b)) {
                *y = f(channel, a, b);
            }
        }
    }
}

impl Eval for BatchNorm {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b) = (io.x(0), io.x(1), io.x(2));
        let (channels, inner) = channels(&io.inputs[0].ty);
        let measured = &x[..io.valid(x.len())];
        let (one, epsilon) = (T::of(1.0), T::of(self.epsilon.into()));
        let count = T::of((measured.len() / channels) as f64);
        let others = T::of((measured.len() / channels).max(2) as f64) - one;
        let [y, mean, variance, rstd] = &mut *io.outputs else { unreachable!("the shape rule gives four") };
        let (mean, variance, rstd) = (mean.floats_mut(), variance.floats_mut(), rstd.floats_mut());
        sums(mean, inner, measured, measured, |_, x, _| x);
        for mean in &mut *mean {
            *mean /= count;
        }
        sums(variance, inner, measured, measured, |c, x, _| (x - mean[c]) * (x - mean[c]));
        for (variance, rstd) in variance.iter_mut().zip(&mut *rstd) {
            *rstd = one / (*variance / count + epsilon).sqrt();
            *variance /= others;
        }
        each(y.floats_mut(), (channels, inner), x, x, |c, x, _| (x - mean[c]) * rstd[c] * w[c] + b[c]);
    }
}

impl Eval for BatchNormEval {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b, mean, variance) = (io.x(0), io.x(1), io.x(2), io.x(3), io.x(4));
        let (channels, inner) = channels(&io.inputs[0].ty);
        let epsilon = T::of(self.epsilon.into());
        T::scratch(channels, |scale| {
            for (scale, (&w, &variance)) in scale.iter_mut().zip(w.iter().zip(variance)) {
                *scale = w / (variance + epsilon).sqrt();
            }
            each(io.y(0), (channels, inner), x, x, |c, x, _| (x - mean[c]) * scale[c] + b[c]);
        });
    }
}

impl Eval for BatchNormGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, w, mean, spread) = (io.x(0), io.x(1), io.x(2), io.x(3), io.x(4));
        let (channels, inner) = channels(&io.inputs[1].ty);
        let measured = if self.running.is_none() { io.valid(x.len()) } else { 0 };
        let (one, count) = (T::of(1.0), T::of((measured / channels) as f64));
        let [dx, dw, db] = &mut *io.outputs else { unreachable!("the shape rule gives three") };
        let (dw, db) = (dw.floats_mut(), db.floats_mut());
        T::scratch(channels, |rstd| {
            rstd.copy_from_slice(spread);
            if let Some(epsilon) = self.running {
                for rstd in &mut *rstd {
                    *rstd = one / (*rstd + T::of(epsilon.into())).sqrt();
                }
            }
            sums(db, inner, dy, dy, |_, dy, _| dy);
            sums(dw, inner, dy, x, |c, dy, x| dy * (x - mean[c]) * rstd[c]);
            let (inside, outside) = dx.floats_mut().split_at_mut(measured);
            each(inside, (channels, inner), dy, x, |c, dy, x| {
                w[c] * rstd[c] * (dy - (db[c] + (x - mean[c]) * rstd[c] * dw[c]) / count)
            });
            let (dy, x) = (&dy[measured..], &x[measured..]);
            each(outside, (channels, inner), dy, x, |c, dy, _| w[c] * rstd[c] * dy);
        });
    }
}
