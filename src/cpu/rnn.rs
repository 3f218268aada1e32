//! Twin of `src/ops/rnn.rs`.

use super::{
    Eval, Io, Real,
    recurrent::{ENOUGH, Given, keep, kept, last_state, recurrent_part, row, samples, tanhs, through_weight, tokens},
    share,
};
use crate::ops::{
    recurrent::Sizes,
    rnn::{Rnn, RnnGrad},
};

impl Eval for Rnn {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b, tokens) = (io.x(0), io.x(1), io.x(2), tokens(self.time, io));
        let sizes = Sizes::from(&io.outputs[0].ty);
        let [y, last] = io.outputs else { return };
        let (units, zero) = (sizes.units, T::default());
        share([y.floats_mut()], sizes.batch, ENOUGH, |range, [y]| {
            T::scratch(range.len() * units, |recurrent| {
                let x = samples(x, &range, sizes, units);
                let tokens = tokens.get(range.start * sizes.time..).unwrap_or(&[]);
                let sizes = Sizes { batch: range.len(), ..sizes };
                for (at, before) in self.time.steps(sizes.time) {
                    recurrent_part(y, before, (w, b), sizes, recurrent);
                    for (sample, a) in recurrent.chunks_exact(units).enumerate() {
                        let now = row(sample, at, sizes, units);
                        if kept(self.time, tokens, sample, at, sizes) {
                            keep(y, before.map(|before| row(sample, before, sizes, units)), now);
                            continue;
                        }
                        let (y, x) = (&mut y[now.clone()], &x[now]);
                        if self.relu {
                            for (y, (&x, &a)) in y.iter_mut().zip(x.iter().zip(a)) {
                                let sum = x + a;
                                *y = if sum > zero { sum } else { zero };
                            }
                        } else {
                            tanhs(y, x, a);
                        }
                    }
                }
            })
        });
        last_state(self.time, y.floats(), sizes, last.floats_mut());
    }
}

impl Eval for RnnGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (w, y, given) = (io.x(0), io.x(1), Given::new(self.way, 1, io));
        let (sizes, time) = (Sizes::from(&io.inputs[1].ty), self.way.time);
        let (units, zero, one) = (sizes.units, T::default(), T::of(1.0));
        share([io.y(0)], sizes.batch, ENOUGH, |range, [dx]| {
            T::scratch(range.len() * units, |dh| {
                let y = samples(y, &range, sizes, units);
                let given = given.of(&range, sizes);
                let sizes = Sizes { batch: range.len(), ..sizes };
                given.begin(dh);
                for (at, before) in time.steps(sizes.time).rev() {
                    given.add_step(at, sizes, dh);
                    for (sample, dh) in dh.chunks_exact_mut(units).enumerate() {
                        let here = row(sample, at, sizes, units);
                        let (dx, y) = (&mut dx[here.clone()], &y[here]);
                        if kept(time, given.tokens, sample, at, sizes) {
                            dx.fill(zero);
                            continue;
                        }
                        for (dx, (&y, dh)) in dx.iter_mut().zip(y.iter().zip(dh)) {
                            let slope = match self.relu {
                                true if y > zero => one,
                                true => zero,
                                false => one - y * y,
                            };
                            *dx = *dh * slope;
                            *dh = zero;
                        }
                    }
                    if before.is_some() {
                        through_weight(dx, at, w, sizes, dh);
                    }
                }
            })
        });
    }
}
