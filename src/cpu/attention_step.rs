//! Twin of `src/ops/attention_step.rs`.

use super::{Eval, Io, Real, softmax::exponentials};
use crate::ops::attention_step::AttentionStep;

impl Eval for AttentionStep {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (qkv, before) = (io.x(0), io.x(1));
        let (length, row) = (io.sizes(1)[1], io.sizes(1)[2]);
        let size = self.size(&io.inputs[0].ty);
        let cursor = (io.step.cursor as usize).min(length - 1);
        let [y, cache] = io.outputs else { return };
        let (y, cache) = (y.floats_mut(), cache.floats_mut());
        cache.copy_from_slice(before);
        cache[cursor * row..][..row].copy_from_slice(&qkv[self.heads * size..]);
        let scale = T::of(1.0 / (size as f64).sqrt());
        T::scratch(2 * (cursor + 1), |scratch| {
            let (scores, p) = scratch.split_at_mut(cursor + 1);
            let heads = y.chunks_exact_mut(size).zip(qkv.chunks_exact(size));
            for (h, (y, q)) in heads.enumerate() {
                let key = h / (self.heads / self.kv_heads) * size;
                for (score, row) in scores.iter_mut().zip(cache.chunks_exact(row)) {
                    *score = scale * q.iter().zip(&row[key..]).map(|(&q, &k)| q * k).sum::<T>();
                }
                let (total, _) = exponentials(scores, p);
                y.fill(T::default());
                for (p, cache) in p.iter().zip(cache.chunks_exact(row)) {
                    for (y, &v) in y.iter_mut().zip(&cache[row / 2 + key..]) {
                        *y += *p * v / total;
                    }
                }
            }
        });
    }
}
