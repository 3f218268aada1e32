//! Twin of `src/ops/lstm.rs`.

use super::{
    Eval, Io, Real,
    recurrent::{Given, keep, kept, last_state, recurrent_part, row, sigmoids, tanhs, through_weight, tokens},
};
use crate::ops::{
    lstm::{Lstm, LstmGrad},
    recurrent::Sizes,
};

impl Eval for Lstm {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b, tokens) = (io.x(0), io.x(1), io.x(2), tokens(self.time, io));
        let sizes = Sizes::from(&io.outputs[0].ty);
        let [y, last, gates, cells] = io.outputs else { return };
        let (y, gates, cells) = (y.floats_mut(), gates.floats_mut(), cells.floats_mut());
        let (units, n) = (sizes.units, 4 * sizes.units);
        T::scratch(sizes.batch * n, |recurrent| {
            for (at, before) in self.time.steps(sizes.time) {
                recurrent_part(y, before, (w, b), sizes, recurrent);
                for (sample, r) in recurrent.chunks_exact(n).enumerate() {
                    let (x, gates) = (&x[row(sample, at, sizes, n)], &mut gates[row(sample, at, sizes, n)]);
                    let (first, rest) = gates.split_at_mut(2 * units);
                    let (g, o) = rest.split_at_mut(units);
                    sigmoids(first, x, r);
                    tanhs(g, &x[2 * units..], &r[2 * units..]);
                    sigmoids(o, &x[3 * units..], &r[3 * units..]);

                    let now = row(sample, at, sizes, units);
                    let earlier = before.map(|before| row(sample, before, sizes, units));
                    keep(cells, earlier.clone(), now.clone());
                    if kept(self.time, tokens, sample, at, sizes) {
                        keep(y, earlier, now);
                        continue;
                    }
                    let (i, f) = first.split_at(units);
                    let (y, cells) = (&mut y[now.clone()], &mut cells[now]);
                    for (c, (&f, (&i, &g))) in cells.iter_mut().zip(f.iter().zip(i.iter().zip(&*g))) {
                        *c = f * *c + i * g;
                    }
                    for (y, (&c, &o)) in y.iter_mut().zip(cells.iter().zip(&*o)) {
                        *y = o * c.tanh();
                    }
                }
            }
        });
        last_state(self.time, y, sizes, last.floats_mut());
    }
}

impl Eval for LstmGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (w, gates, cells, given) = (io.x(0), io.x(1), io.x(2), Given::new(self.way, 2, io));
        let (sizes, time) = (Sizes::from(&io.inputs[2].ty), self.way.time);
        let (units, n, one) = (sizes.units, 4 * sizes.units, T::of(1.0));
        let dx = io.y(0);
        T::scratch(2 * sizes.batch * units, |states| {
            let (dh, dc) = states.split_at_mut(sizes.batch * units);
            given.begin(dh);
            dc.fill(T::default());
            for (at, before) in time.steps(sizes.time).rev() {
                given.add_step(at, sizes, dh);
                for (sample, (dh, dc)) in dh.chunks_exact_mut(units).zip(dc.chunks_exact_mut(units)).enumerate() {
                    let dx = &mut dx[row(sample, at, sizes, n)];
                    if kept(time, given.tokens, sample, at, sizes) {
                        dx.fill(T::default());
                        continue;
                    }
                    let gates = &gates[row(sample, at, sizes, n)];
                    let cells_now = &cells[row(sample, at, sizes, units)];
                    let earlier = before.map(|before| &cells[row(sample, before, sizes, units)]);
                    let [i, f, g, o] = [0, 1, 2, 3].map(|gate| &gates[gate * units..][..units]);
                    let (di, rest) = dx.split_at_mut(units);
                    let (df, rest) = rest.split_at_mut(units);
                    let (dg, d_o) = rest.split_at_mut(units);
                    let (dh, dc, cells_now) = (&mut dh[..units], &mut dc[..units], &cells_now[..units]);
                    for u in 0..units {
                        let t = cells_now[u].tanh();
                        let d = dc[u] + dh[u] * o[u] * (one - t * t);
                        di[u] = d * g[u] * i[u] * (one - i[u]);
                        dg[u] = d * i[u] * (one - g[u] * g[u]);
                        d_o[u] = dh[u] * t * o[u] * (one - o[u]);
                        df[u] = d * f[u] * (one - f[u]);
                        dc[u] = d * f[u];
                        dh[u] = T::default();
                    }
                    match earlier {
                        Some(c) => df.iter_mut().zip(c).for_each(|(df, &c)| *df = *df * c),
                        None => df.fill(T::default()),
                    }
                }
                if before.is_some() {
                    through_weight(dx, at, w, sizes, dh);
                }
            }
        });
    }
}
