//! Twin of `src/ops/gru.rs`.

use super::{
    Eval, Io, Real,
    recurrent::{
        ENOUGH, Given, keep, kept, last_state, recurrent_part, row, samples, sigmoids, through_weight, tokens, update,
    },
    share,
};
use crate::ops::{
    gru::{Gru, GruGrad},
    recurrent::Sizes,
};

impl Eval for Gru {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, b, tokens) = (io.x(0), io.x(1), io.x(2), tokens(self.time, io));
        let sizes = Sizes::from(&io.outputs[0].ty);
        let [y, last, gates] = io.outputs else { return };
        let (units, n, one) = (sizes.units, 3 * sizes.units, T::of(1.0));
        let outputs = [y.floats_mut(), gates.floats_mut()];
        share(outputs, sizes.batch, ENOUGH, |range, [y, gates]| {
            T::scratch(range.len() * n, |recurrent| {
                let x = samples(x, &range, sizes, n);
                let tokens = tokens.get(range.start * sizes.time..).unwrap_or(&[]);
                let sizes = Sizes { batch: range.len(), ..sizes };
                for (at, before) in self.time.steps(sizes.time) {
                    recurrent_part(y, before, (w, b), sizes, recurrent);
                    for (sample, a) in recurrent.chunks_exact(n).enumerate() {
                        let (x, gates) = (&x[row(sample, at, sizes, n)], &mut gates[row(sample, at, sizes, 4 * units)]);
                        let (rz, rest) = gates.split_at_mut(2 * units);
                        let (new, an) = rest.split_at_mut(units);
                        sigmoids(rz, x, a);
                        an.copy_from_slice(&a[2 * units..]);
                        let (r, z) = rz.split_at(units);
                        update(new, [&x[2 * units..], r, an], |_, [x, r, a]| (x + r * a).tanh());
                        // h begins as the state before.
                        let now = row(sample, at, sizes, units);
                        keep(y, before.map(|before| row(sample, before, sizes, units)), now.clone());
                        if !kept(self.time, tokens, sample, at, sizes) {
                            update(&mut y[now], [z, new], |h, [z, new]| (one - z) * new + z * h);
                        }
                    }
                }
            })
        });
        last_state(self.time, y.floats(), sizes, last.floats_mut());
    }
}

impl Eval for GruGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (w, y, gates, given) = (io.x(0), io.x(1), io.x(2), Given::new(self.way, 2, io));
        let (sizes, time) = (Sizes::from(&io.inputs[1].ty), self.way.time);
        let (units, n, one) = (sizes.units, 3 * sizes.units, T::of(1.0));
        let [dx, da] = io.outputs else { return };
        let outputs = [dx.floats_mut(), da.floats_mut()];
        share(outputs, sizes.batch, ENOUGH, |range, [dx, da]| {
            T::scratch(range.len() * units, |dh| {
                let (y, gates) = (samples(y, &range, sizes, units), samples(gates, &range, sizes, 4 * units));
                let given = given.of(&range, sizes);
                let sizes = Sizes { batch: range.len(), ..sizes };
                given.begin(dh);
                for (at, before) in time.steps(sizes.time).rev() {
                    given.add_step(at, sizes, dh);
                    for (sample, dh) in dh.chunks_exact_mut(units).enumerate() {
                        let here = row(sample, at, sizes, n);
                        if kept(time, given.tokens, sample, at, sizes) {
                            dx[here.clone()].fill(T::default());
                            da[here].fill(T::default());
                            continue;
                        }
                        let gates = &gates[row(sample, at, sizes, 4 * units)];
                        let [r, z, new, an] = [0, 1, 2, 3].map(|gate| &gates[gate * units..][..units]);
                        let (dr, rest) = dx[here.clone()].split_at_mut(units);
                        let (dz, dn) = rest.split_at_mut(units);
                        let dan = &mut da[here.clone()][2 * units..];
                        // dz begins as the state before.
                        match before {
                            Some(before) => dz.copy_from_slice(&y[row(sample, before, sizes, units)]),
                            None => dz.fill(T::default()),
                        }
                        update(dn, [dh, z, new], |_, [dh, z, new]| dh * (one - z) * (one - new * new));
                        update(dan, [dn, r], |_, [d, r]| d * r);
                        update(dr, [dn, an, r], |_, [d, an, r]| d * an * r * (one - r));
                        update(dz, [dh, new, z], |h, [dh, new, z]| dh * (h - new) * z * (one - z));
                        update(dh, [z], |dh, [z]| dh * z);
                        da[here.clone()][..2 * units].copy_from_slice(&dx[here][..2 * units]);
                    }
                    if before.is_some() {
                        through_weight(da, at, w, sizes, dh);
                    }
                }
            })
        });
    }
}
