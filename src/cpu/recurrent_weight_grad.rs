//! Twin of `src/ops/recurrent_weight_grad.rs`.

use super::{Eval, Io, Real, column_sums, recurrent::row};
use crate::ops::{
    recurrent::{Loop, Sizes},
    recurrent_weight_grad::RecurrentWeightGrad,
};

impl Eval for RecurrentWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (h, da) = (io.x(0), io.x(1));
        let sizes = Sizes::from(&io.inputs[0].ty);
        let (k, n, rows) = (sizes.units, io.inputs[1].ty.shape.last(), sizes.batch * sizes.time);
        let time = Loop { reverse: self.reverse, padding: None };
        // The states before each step, so that one product sums over all samples and steps.
        T::scratch(rows * k, |earlier| {
            for sample in 0..sizes.batch {
                for (at, before) in time.steps(sizes.time) {
                    let to = &mut earlier[row(sample, at, sizes, k)];
                    match before {
                        Some(before) => to.copy_from_slice(&h[row(sample, before, sizes, k)]),
                        None => to.fill(T::default()),
                    }
                }
            }
            T::gemm((k, rows, n), (earlier, (1, k)), (da, (n, 1)), T::default(), (io.y(0), n));
        });
        column_sums(io.y(1), da);
    }
}
