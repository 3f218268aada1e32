//! Twin of `src/ops/layer_norm.rs`.

use super::{ENOUGH, Eval, Io, Real, share, sum, sum_over};
use crate::ops::layer_norm::{LayerNorm, LayerNormGrad, LayerNormWeightGrad};

impl Eval for LayerNorm {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b) = (io.x(0), io.x(1), io.x(2));
        let (n, epsilon) = (T::of(w.len() as f64), T::of(self.epsilon.into()));
        let [y, mean, rstd] = &mut *io.outputs else { unreachable!("the shape rule gives three") };
        let outputs = [y.floats_mut(), mean.floats_mut(), rstd.floats_mut()];
        let count = x.len() / w.len();
        share(outputs, count, ENOUGH.div_ceil(w.len()), |range, [y, mean, rstd]| {
            let rows = y.chunks_exact_mut(w.len()).zip(x.chunks_exact(w.len()).skip(range.start));
            for ((y, x), (mean, rstd)) in rows.zip(mean.iter_mut().zip(rstd)) {
                let centre = sum(x) / n;
                let variance = sum_over(x, x, |x, _| (x - centre) * (x - centre)) / n;
                let scale = T::of(1.0) / (variance + epsilon).sqrt();
                for ((y, &x), (&w, &b)) in y.iter_mut().zip(x).zip(w.iter().zip(b)) {
                    *y = (x - centre) * scale * w + b;
                }
                (*mean, *rstd) = (centre, scale);
            }
        });
    }
}

impl Eval for LayerNormGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, w, mean, rstd) = (io.x(0), io.x(1), io.x(2), io.x(3), io.x(4));
        let n = T::of(w.len() as f64);
        let rows = dy.chunks_exact(w.len()).zip(x.chunks_exact(w.len())).zip(mean.iter().zip(rstd));
        share([io.y(0)], mean.len(), ENOUGH.div_ceil(w.len()), |range, [dx]| {
            T::scratch(w.len(), |g| {
                for (dx, ((dy, x), (&mean, &rstd))) in dx.chunks_exact_mut(w.len()).zip(rows.clone().skip(range.start))
                {
                    for (g, (&dy, &w)) in g.iter_mut().zip(dy.iter().zip(w)) {
                        *g = dy * w;
                    }
                    let sum = sum(g) / n;
                    let dot = sum_over(g, x, |g, x| g * (x - mean)) * rstd * rstd / n;
                    for (dx, (&g, &x)) in dx.iter_mut().zip(g.iter().zip(x)) {
                        *dx = rstd * (g - sum - (x - mean) * dot);
                    }
                }
            })
        });
    }
}

impl Eval for LayerNormWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, x, mean, rstd) = (io.x(0), io.x(1), io.x(2), io.x(3));
        let [dw, db] = &mut *io.outputs else { unreachable!("the shape rule gives two") };
        let (dw, db) = (dw.floats_mut(), db.floats_mut());
        let n = dw.len();
        share([dw, db], n, ENOUGH.div_ceil(mean.len()), |range, [dw, db]| {
            dw.fill(T::default());
            db.fill(T::default());
            let rows = dy.chunks_exact(n).zip(x.chunks_exact(n));
            for ((dy, x), (&mean, &rstd)) in rows.zip(mean.iter().zip(rstd)) {
                let given = dy[range.clone()].iter().zip(&x[range.clone()]);
                for ((dw, db), (&dy, &x)) in dw.iter_mut().zip(&mut *db).zip(given) {
                    *dw += dy * (x - mean) * rstd;
                    *db += dy;
                }
            }
        });
    }
}
