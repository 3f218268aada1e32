//! Twin of `src/ops/attention_weights.rs`.

use super::{Eval, Io, Real, accumulate, attention::Heads};
use crate::ops::attention_weights::AttentionWeights;

impl Eval for AttentionWeights {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let attention = &self.0;
        let Some(heads) = Heads::new(attention, io) else { return };
        let (batch, time, keys) = (heads.sizes.batch, heads.sizes.time, heads.sizes.keys);
        let log_sum = io.x(attention.operands());
        let y = io.y(0);
        y.fill(T::default());
        T::scratch(time * keys + keys, |scratch| {
            let (p, keep) = scratch.split_at_mut(time * keys);
            for b in 0..batch {
                heads.keep(b, keep);
                for h in 0..attention.heads {
                    heads.scores(b, h, p);
                    for (t, row) in p.chunks_exact_mut(keys).enumerate() {
                        heads.exponentials(t, row, log_sum[(b * attention.heads + h) * time + t], keep);
                    }
                    accumulate(&mut y[b * time * keys..][..time * keys], p);
                }
            }
        });
        for y in y {
            *y /= T::of(attention.heads as f64);
        }
    }
}
