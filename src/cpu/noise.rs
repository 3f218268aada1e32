//! Twin of `src/ops/noise.rs`.

use super::{Eval, Io, Real};
use crate::{
    ops::noise::Noise,
    random::{hash, normal},
};

impl Eval for Noise {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let seed = io.step.seed ^ hash(io.step.index);
        for (y, index) in io.y(0).iter_mut().zip(0..) {
            *y = T::of(normal(seed, self.stream, index));
        }
    }
}
