//! Twin of `src/ops/embedding.rs`.

use super::{Eval, Io, Real, accumulate};
use crate::ops::embedding::{Embedding, EmbeddingGrad};

impl Eval for Embedding {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (table, tokens) = (io.x(0), io.ints(1));
        let (rows, d) = (io.sizes(0)[0], io.sizes(0)[1]);
        for (y, &token) in io.y(0).chunks_exact_mut(d).zip(tokens) {
            y.copy_from_slice(&table[(token as usize).min(rows - 1) * d..][..d]);
        }
    }
}

impl Eval for EmbeddingGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, tokens) = (io.x(0), io.ints(1));
        let d = io.inputs[0].ty.shape.last();
        let table = io.y(0);
        table.fill(T::default());
        for (dy, &token) in dy.chunks_exact(d).zip(tokens) {
            let row = (token as usize).min(self.vocabulary - 1);
            if self.padding.is_none_or(|padding| padding as usize != row) {
                accumulate(&mut table[row * d..][..d], dy);
            }
        }
    }
}
