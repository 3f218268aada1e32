//! Twin of `src/ops/silu.rs`.

use super::{Eval, Io, Real};
use crate::ops::silu::{Silu, SiluGrad};

/// The sigmoid.
fn gate<T: Real>(x: T) -> T {
    x.sigmoid()
}

impl Eval for Silu {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        io.map(|x| x * gate(x));
    }
}

impl Eval for SiluGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let one = T::of(1.0);
        io.map2(|dy, x| {
            let gate = gate(x);
            dy * gate * (one + x * (one - gate))
        });
    }
}
