//! Twin of `src/ops/leaky_relu.rs`.

use super::{Eval, Io, Real};
use crate::ops::leaky_relu::{LeakyRelu, LeakyReluGrad};

impl Eval for LeakyRelu {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let slope = T::of(self.slope.into());
        io.map(|x| if x > T::default() { x } else { slope * x });
    }
}

impl Eval for LeakyReluGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let slope = T::of(self.slope.into());
        io.map2(|dy, y| if y > T::default() { dy } else { slope * dy });
    }
}
