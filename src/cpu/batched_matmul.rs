//! Twin of `src/ops/batched_matmul.rs`.

use super::{Eval, Io, Real};
use crate::ops::batched_matmul::BatchedMatmul;

impl Eval for BatchedMatmul {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        // The shape rule has seen to it that they fit.
        let Ok((_, (m, k, n))) = self.sizes(&io.inputs[0].ty, &io.inputs[1].ty) else { return };
        let strides_a = if self.transpose_a { (1, m) } else { (k, 1) };
        let strides_b = if self.transpose_b { (1, k) } else { (n, 1) };
        let pairs = io.x(0).chunks_exact(m * k).zip(io.x(1).chunks_exact(k * n));
        for (y, (a, b)) in io.y(0).chunks_exact_mut(m * n).zip(pairs) {
            T::gemm((m, k, n), (a, strides_a), (b, strides_b), T::default(), (y, n));
        }
    }
}
