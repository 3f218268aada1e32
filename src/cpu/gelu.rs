//! Twin of `src/ops/gelu.rs`.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::{Eval, Io, Real};
use crate::ops::gelu::{Gelu, GeluGrad};

/// √(2 / π)
const INNER: f64 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
const CUBIC: f64 = 0.044_715;

/// Φ(x)
fn phi<T: Real>(x: T) -> T {
    T::of(0.5) * (T::of(1.0) + (x * T::of(FRAC_1_SQRT_2)).erf())
}

/// The hyperbolic tangent that stands for the error function.
fn inner<T: Real>(x: T) -> T {
    (T::of(INNER) * (x + T::of(CUBIC) * x * x * x)).tanh()
}

impl Eval for Gelu {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (half, one) = (T::of(0.5), T::of(1.0));
        if self.tanh {
            io.map(|x| half * x * (one + inner(x)));
        } else {
            io.map(|x| x * phi(x));
        }
    }
}

impl Eval for GeluGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (half, one) = (T::of(0.5), T::of(1.0));
        if self.tanh {
            io.map2(|dy, x| {
                let t = inner(x);
                let slope = T::of(INNER) * (one + T::of(3.0 * CUBIC) * x * x);
                dy * half * (one + t + x * (one - t * t) * slope)
            });
        } else {
            let density = T::of(0.5 * INNER); // 1 / √(2 π)
            io.map2(|dy, x| dy * (phi(x) + x * density * (-half * x * x).exp()));
        }
    }
}
