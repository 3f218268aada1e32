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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cpu::{Interpreter, Step},
        graph::{Graph, Type},
    };

    #[test]
    fn a_token_used_twice_adds_up_and_padding_stays() {
        let mut g = Graph::new();
        let dy = g.input("dy", Type::f32([1, 4, 2]));
        let tokens = g.input("tokens", Type::u32([1, 4]));
        let table = g.apply1(EmbeddingGrad { vocabulary: 3, padding: Some(0) }, &[dy, tokens]).unwrap();
        let mut cpu = Interpreter::<f64>::new(g);
        cpu.set_f32(dy, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        cpu.tensor_mut(tokens).ints_mut().copy_from_slice(&[2, 0, 2, 0]);
        cpu.run(&Step::default());
        assert_eq!(cpu.get_f32(table), [0.0, 0.0, 0.0, 0.0, 6.0, 8.0]);
    }
}
