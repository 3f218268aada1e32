//! Twin of `src/ops/lstm.rs`.

use super::{
    Eval, Io, Real,
    recurrent::{
        ENOUGH, Given, keep, kept, last_state, recurrent_part, row, samples, sigmoids, tanhs, through_weight, tokens,
        update,
    },
    share,
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
        let (units, n) = (sizes.units, 4 * sizes.units);
        let outputs = [y.floats_mut(), gates.floats_mut(), cells.floats_mut()];
        share(outputs, sizes.batch, ENOUGH, |range, [y, gates, cells]| {
            T::scratch(range.len() * n, |recurrent| {
                let x = samples(x, &range, sizes, n);
                let tokens = tokens.get(range.start * sizes.time..).unwrap_or(&[]);
                let sizes = Sizes { batch: range.len(), ..sizes };
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
                        update(cells, [f, i, g], |c, [f, i, g]| f * c + i * g);
                        update(y, [cells, o], |_, [c, o]| o * c.tanh());
                    }
                }
            })
        });
        last_state(self.time, y.floats(), sizes, last.floats_mut());
    }
}

impl Eval for LstmGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (w, gates, cells, given) = (io.x(0), io.x(1), io.x(2), Given::new(self.way, 2, io));
        let (sizes, time) = (Sizes::from(&io.inputs[2].ty), self.way.time);
        let (units, n, one) = (sizes.units, 4 * sizes.units, T::of(1.0));
        share([io.y(0)], sizes.batch, ENOUGH, |range, [dx]| {
            T::scratch(2 * range.len() * units, |states| {
                let (gates, cells) = (samples(gates, &range, sizes, n), samples(cells, &range, sizes, units));
                let given = given.of(&range, sizes);
                let sizes = Sizes { batch: range.len(), ..sizes };
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
                        // In df for the time being.
                        update(df, [cells_now], |_, [c]| c.tanh());
                        update(dc, [dh, o, df], |d, [dh, o, t]| d + dh * o * (one - t * t));
                        update(d_o, [dh, df, o], |_, [dh, t, o]| dh * t * o * (one - o));
                        update(di, [dc, g, i], |_, [d, g, i]| d * g * i * (one - i));
                        update(dg, [dc, i, g], |_, [d, i, g]| d * i * (one - g * g));
                        match earlier {
                            Some(c) => update(df, [dc, f, c], |_, [d, f, c]| d * f * (one - f) * c),
                            None => df.fill(T::default()),
                        }
                        update(dc, [f], |d, [f]| d * f);
                        dh.fill(T::default());
                    }
                    if before.is_some() {
                        through_weight(dx, at, w, sizes, dh);
                    }
                }
            })
        });
    }
}
