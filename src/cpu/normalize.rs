//! Twin of `src/ops/normalize.rs`.

use super::{Eval, Io, Real};
use crate::ops::normalize::Normalize;

impl Eval for Normalize {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (channels, inner) = Self::channels(&io.inputs[0].ty);
        let x = io.x(0);
        for (place, (y, x)) in io.y(0).chunks_exact_mut(inner).zip(x.chunks_exact(inner)).enumerate() {
            let [mean, std] = [&self.mean, &self.std].map(|numbers| T::of(numbers[place % channels].into()));
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) / std);
        }
    }
}
