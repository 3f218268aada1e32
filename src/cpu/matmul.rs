//! Twin of `src/ops/matmul.rs`.

use super::{Eval, Io, Real};
use crate::ops::Matmul;

impl Eval for Matmul {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (a, b) = (&io.inputs[0].ty.shape, &io.inputs[1].ty.shape);
        let (m, k) = if self.transpose_a { (a.last(), a.rows()) } else { (a.rows(), a.last()) };
        let n = if self.transpose_b { b.rows() } else { b.last() };
        let strides_a = if self.transpose_a { (1, m) } else { (k, 1) };
        let strides_b = if self.transpose_b { (1, k) } else { (n, 1) };
        let (a, b) = (io.x(0), io.x(1));
        T::gemm((m, k, n), (a, strides_a), (b, strides_b), T::default(), (io.y(0), n));
    }
}
