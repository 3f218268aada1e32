//! Twin of `src/ops/gru.rs`.

use super::{
    Eval, Io, Real,
    recurrent::{Given, keep, kept, last_state, recurrent_part, row, sigmoids, through_weight, tokens},
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
        let (y, gates) = (y.floats_mut(), gates.floats_mut());
        let (units, n, one) = (sizes.units, 3 * sizes.units, T::of(1.0));
        T::scratch(sizes.batch * n, |recurrent| {
            for (at, before) in self.time.steps(sizes.time) {
                recurrent_part(y, before, (w, b), sizes, recurrent);
                for (sample, a) in recurrent.chunks_exact(n).enumerate() {
                    let (x, gates) = (&x[row(sample, at, sizes, n)], &mut gates[row(sample, at, sizes, 4 * units)]);
                    let (rz, rest) = gates.split_at_mut(2 * units);
                    let (new, an) = rest.split_at_mut(units);
                    sigmoids(rz, x, a);
                    an.copy_from_slice(&a[2 * units..]);
                    let (r, z) = rz.split_at(units);
                    for (new, (&x, (&r, &a))) in new.iter_mut().zip(x[2 * units..].iter().zip(r.iter().zip(&*an))) {
                        *new = (x + r * a).tanh();
                    }
                    // h begins as the state before.
                    let now = row(sample, at, sizes, units);
                    keep(y, before.map(|before| row(sample, before, sizes, units)), now.clone());
                    if !kept(self.time, tokens, sample, at, sizes) {
                        for (h, (&z, &new)) in y[now].iter_mut().zip(z.iter().zip(&*new)) {
                            *h = (one - z) * new + z * *h;
                        }
                    }
                }
            }
        });
        last_state(self.time, y, sizes, last.floats_mut());
    }
}

impl Eval for GruGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (w, y, gates, given) = (io.x(0), io.x(1), io.x(2), Given::new(self.way, 2, io));
        let (sizes, time) = (Sizes::from(&io.inputs[1].ty), self.way.time);
        let (units, n, one) = (sizes.units, 3 * sizes.units, T::of(1.0));
        let [dx, da] = io.outputs else { return };
        let (dx, da) = (dx.floats_mut(), da.floats_mut());
        T::scratch(sizes.batch * units, |dh| {
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
                    let (dr, dn, dan, dh) = (&mut dr[..units], &mut dn[..units], &mut dan[..units], &mut dh[..units]);
                    for u in 0..units {
                        let d = dh[u] * (one - z[u]) * (one - new[u] * new[u]);
                        dn[u] = d;
                        dan[u] = d * r[u];
                        dr[u] = d * an[u] * r[u] * (one - r[u]);
                        dz[u] = dh[u] * (dz[u] - new[u]) * z[u] * (one - z[u]);
                        dh[u] = dh[u] * z[u];
                    }
                    da[here.clone()][..2 * units].copy_from_slice(&dx[here][..2 * units]);
                }
                if before.is_some() {
                    through_weight(da, at, w, sizes, dh);
                }
            }
        });
    }
}
