//! Twin of `src/ops/relu.rs`.

use super::{Eval, Io, Real};
use crate::ops::relu::{Relu, ReluGrad};

impl Eval for Relu {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let zero = T::default();
        io.map(|x| if x > zero { x } else { zero });
    }
}

impl Eval for ReluGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let zero = T::default();
        io.map2(|dy, y| if y > zero { dy } else { zero });
    }
}
