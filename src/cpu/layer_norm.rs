//! Twin of `src/ops/layer_norm.rs`.

use super::{Eval, Io, Real, sum, sum_over};
use crate::ops::layer_norm::{LayerNorm, LayerNormGrad, LayerNormWeightGrad};

impl Eval for LayerNorm {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b) = (io.x(0), io.x(1), io.x(2));
        let (n, epsilon) = (T::of(w.len() as f64), T::of(self.epsilon.into()));
        let [y, mean, rstd] = &mut *io.outputs else { unreachable!("the shape rule gives three") };
        let statistics = mean.floats_mut().iter_mut().zip(rstd.floats_mut());
        let rows = y.floats_mut().chunks_exact_mut(w.len()).zip(x.chunks_exact(w.len()));
        for ((y, x), (mean, rstd)) in rows.zip(statistics) {
            let centre = sum(x) / n;
            let variance = sum_over(x, x, |x, _| (x - centre) * (x - centre)) / n;
            let scale = T::of(1.0) / (variance + epsilon).sqrt();
            for ((y, &x), (&w, &b)) in y.iter_mut().zip(x).zip(w.iter().zip(b)) {
                *y = (x - centre) * scale * w + b;
            }
            (*mean, *rstd) = (centre, scale);
        }
    }
}

impl Eval for LayerNormGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, w, mean, rstd) = (io.x(0), io.x(1), io.x(2), io.x(3), io.x(4));
        let n = T::of(w.len() as f64);
        let rows = dy.chunks_exact(w.len()).zip(x.chunks_exact(w.len())).zip(mean.iter().zip(rstd));
        T::scratch(w.len(), |g| {
            for (dx, ((dy, x), (&mean, &rstd))) in io.y(0).chunks_exact_mut(w.len()).zip(rows) {
                for (g, (&dy, &w)) in g.iter_mut().zip(dy.iter().zip(w)) {
                    *g = dy * w;
                }
                let sum = sum(g) / n;
                let dot = sum_over(g, x, |g, x| g * (x - mean)) * rstd * rstd / n;
                for (dx, (&g, &x)) in dx.iter_mut().zip(g.iter().zip(x)) {
                    *dx = rstd * (g - sum - (x - mean) * dot);
                }
            }
        });
    }
}

impl Eval for LayerNormWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, mean, rstd) = (io.x(0), io.x(1), io.x(2), io.x(3));
        let [dw, db] = &mut *io.outputs else { unreachable!("the shape rule gives two") };
        let (dw, db) = (dw.floats_mut(), db.floats_mut());
        dw.fill(T::default());
        db.fill(T::default());
        let rows = dy.chunks_exact(dw.len()).zip(x.chunks_exact(dw.len()));
        for ((dy, x), (&mean, &rstd)) in rows.zip(mean.iter().zip(rstd)) {
            for ((dw, db), (&dy, &x)) in dw.iter_mut().zip(&mut *db).zip(dy.iter().zip(x)) {
                *dw += dy * (x - mean) * rstd;
                *db += dy;
            }
        }
    }
}
