//! Twin of `src/ops/rms_norm.rs`.

use super::{Eval, Io, Real, sum_over};
use crate::ops::rms_norm::{RmsNorm, RmsNormGrad, RmsNormWeightGrad};

impl Eval for RmsNorm {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w) = (io.x(0), io.x(1));
        let (n, epsilon) = (T::of(w.len() as f64), T::of(self.epsilon.into()));
        let [y, rstd] = &mut *io.outputs else { unreachable!("the shape rule gives two") };
        let rows = y.floats_mut().chunks_exact_mut(w.len()).zip(x.chunks_exact(w.len()));
        for ((y, x), rstd) in rows.zip(rstd.floats_mut()) {
            *rstd = T::of(1.0) / (sum_over(x, x, |x, _| x * x) / n + epsilon).sqrt();
            for (y, (&x, &w)) in y.iter_mut().zip(x.iter().zip(w)) {
                *y = x * *rstd * w;
            }
        }
    }
}

impl Eval for RmsNormGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, w, rstd) = (io.x(0), io.x(1), io.x(2), io.x(3));
        let n = T::of(w.len() as f64);
        let rows = dy.chunks_exact(w.len()).zip(x.chunks_exact(w.len())).zip(rstd);
        T::scratch(w.len(), |g| {
            for (dx, ((dy, x), &rstd)) in io.y(0).chunks_exact_mut(w.len()).zip(rows) {
                for (g, (&dy, &w)) in g.iter_mut().zip(dy.iter().zip(w)) {
                    *g = dy * w;
                }
                let dot = sum_over(g, x, |g, x| g * x) * rstd * rstd / n;
                for (dx, (&g, &x)) in dx.iter_mut().zip(g.iter().zip(x)) {
                    *dx = rstd * (g - x * dot);
                }
            }
        });
    }
}

impl Eval for RmsNormWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, rstd) = (io.x(0), io.x(1), io.x(2));
        let dw = io.y(0);
        dw.fill(T::default());
        for ((dy, x), &rstd) in dy.chunks_exact(dw.len()).zip(x.chunks_exact(dw.len())).zip(rstd) {
            for (dw, (&dy, &x)) in dw.iter_mut().zip(dy.iter().zip(x)) {
                *dw += dy * x * rstd;
            }
        }
    }
}
