//! Twin of `src/ops/attention.rs`.

use super::{Eval, Io, Real, share, sum, sum_over};
use crate::{
    graph::Type,
    ops::attention::{Attention, AttentionKeyGrad, AttentionQueryGrad, Sizes},
};

/// The operands of an attention.
pub(super) struct Heads<'a, T> {
    attention: &'a Attention,
    pub sizes: Sizes,
    q: &'a [T],
    kv: &'a [T],
    tokens: Option<&'a [u32]>,
    scale: T,
}

/// What hides a key from the maximum of the scores; still far from the end of f32.
const HIDDEN: f64 = -1e30;

impl<'a, T: Real> Heads<'a, T> {
    pub fn new(attention: &'a Attention, io: &Io<'a, T>) -> Option<Self> {
        let types: Vec<Type> = io.inputs.iter().take(attention.operands()).map(|x| x.ty.clone()).collect();
        let sizes = attention.sizes(&types).ok()?;
        let tokens = attention.padding.map(|_| io.ints(attention.operands() - 1));
        let scale = T::of(1.0 / (sizes.size as f64).sqrt());
        Some(Self { attention, sizes, q: io.x(0), kv: io.x(attention.kv()), tokens, scale })
    }

    fn query(&self, b: usize, h: usize) -> (&'a [T], (usize, usize)) {
        let Sizes { time, size, q_row, .. } = self.sizes;
        (&self.q[b * time * q_row + h * size..], (q_row, 1))
    }

    /// Where sample b's key of head h is.
    fn key_at(&self, b: usize, h: usize) -> usize {
        let Sizes { keys, size, kv_row, k_at, .. } = self.sizes;
        b * keys * kv_row + k_at + self.group(h) * size
    }

    /// Where its value is.
    fn value_at(&self, b: usize, h: usize) -> usize {
        self.key_at(b, h) + self.sizes.v_at - self.sizes.k_at
    }

    /// The keys' head that serves head h.
    fn group(&self, h: usize) -> usize {
        h / (self.attention.heads / self.attention.kv_heads)
    }

    /// Sample b's rows of head h in y, dy and d q.
    pub fn rows<'r>(&self, y: &'r [T], b: usize, h: usize) -> (&'r [T], (usize, usize)) {
        let Sizes { time, size, .. } = self.sizes;
        let row = self.attention.heads * size;
        (&y[b * time * row + h * size..], (row, 1))
    }

    /// As [`Heads::rows`], to write: with the rows' stride.
    fn rows_mut<'r>(&self, y: &'r mut [T], b: usize, h: usize) -> (&'r mut [T], usize) {
        let Sizes { time, size, .. } = self.sizes;
        let row = self.attention.heads * size;
        (&mut y[b * time * row + h * size..(b + 1) * time * row], row)
    }

    /// Which keys of sample b are no padding: 1 or 0.
    pub fn keep(&self, b: usize, keep: &mut [T]) {
        keep.fill(T::of(1.0));
        if let (Some(tokens), Some(padding)) = (self.tokens, self.attention.padding) {
            for (keep, &token) in keep.iter_mut().zip(&tokens[b * self.sizes.keys..]) {
                if token == padding {
                    *keep = T::default();
                }
            }
        }
    }

    /// q · k of all pairs, \[time, keys\].
    pub fn scores(&self, b: usize, h: usize, scores: &mut [T]) {
        let Sizes { time, keys, size, kv_row, .. } = self.sizes;
        let key = &self.kv[self.key_at(b, h)..];
        T::gemm((time, size, keys), self.query(b, h), (key, (1, kv_row)), T::default(), (scores, keys));
    }

    /// dy · v of all pairs, \[time, keys\].
    fn dp(&self, dy: &[T], b: usize, h: usize, dp: &mut [T]) {
        let Sizes { time, keys, size, kv_row, .. } = self.sizes;
        let value = &self.kv[self.value_at(b, h)..];
        T::gemm((time, size, keys), self.rows(dy, b, h), (value, (1, kv_row)), T::default(), (dp, keys));
    }

    /// How many keys query t sees, padding aside.
    pub fn seen(&self, t: usize) -> usize {
        if self.attention.causal { self.sizes.keys.min(t + 1) } else { self.sizes.keys }
    }

    /// Query t's row of scores → e^(score − `less`), 0 where the key is not seen.
    pub fn exponentials(&self, t: usize, row: &mut [T], less: T, keep: &[T]) {
        let (seen, hidden) = row.split_at_mut(self.seen(t));
        let scale = self.scale;
        for score in seen.iter_mut() {
            *score = (*score * scale - less).exp();
        }
        if self.tokens.is_some() {
            for (p, &keep) in seen.iter_mut().zip(keep) {
                *p = if keep == T::default() { keep } else { *p };
            }
        }
        hidden.fill(T::default());
    }

    /// The largest score of query t.
    fn top(&self, t: usize, row: &[T], keep: &[T]) -> T {
        let (row, hidden) = (&row[..self.seen(t)], T::of(HIDDEN));
        let top = if self.tokens.is_some() {
            let seen = row.iter().zip(keep).filter(|(_, keep)| **keep != T::default());
            seen.fold(hidden, |top, (&x, _)| if x > top { x } else { top })
        } else {
            largest(row, hidden)
        };
        top * self.scale
    }
}

/// The largest of `terms` and `least`, in eight strands, so that it is SIMD.
fn largest<T: Real>(terms: &[T], least: T) -> T {
    let larger = |a: T, b: T| if b > a { b } else { a };
    let mut strands = [least; 8];
    let chunks = terms.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (strand, &term) in strands.iter_mut().zip(chunk) {
            *strand = larger(*strand, term);
        }
    }
    strands.iter().chain(rest).copied().fold(least, larger)
}

/// Copies a matrix with rows of `columns` to where rows are `stride` apart.
fn spread<T: Real>(from: &[T], columns: usize, to: &mut [T], stride: usize) {
    for (to, from) in to.chunks_mut(stride).zip(from.chunks_exact(columns)) {
        to[..columns].copy_from_slice(from);
    }
}

impl Eval for Attention {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let Some(heads) = Heads::new(self, io) else { return };
        let Sizes { batch, time, keys, size, kv_row, .. } = heads.sizes;
        let [y, log_sum] = io.outputs else { return };
        let (y, log_sum) = (y.floats_mut(), log_sum.floats_mut());
        share([y, log_sum], batch, 1, |samples, [y, log_sum]| {
            T::scratch(time * keys + keys, |scratch| {
                let (p, keep) = scratch.split_at_mut(time * keys);
                for (at, b) in samples.enumerate() {
                    heads.keep(b, keep);
                    for h in 0..self.heads {
                        heads.scores(b, h, p);
                        let log_sum = &mut log_sum[(at * self.heads + h) * time..][..time];
                        for (t, (p, log_sum)) in p.chunks_exact_mut(keys).zip(log_sum).enumerate() {
                            let top = heads.top(t, p, keep);
                            heads.exponentials(t, p, top, keep);
                            let total = sum(p);
                            let any = total > T::default();
                            let share = if any { T::of(1.0) / total } else { total };
                            for p in p.iter_mut() {
                                *p = *p * share;
                            }
                            *log_sum = if any { top + total.ln() } else { total };
                        }
                        let value = &heads.kv[heads.value_at(b, h)..];
                        T::gemm(
                            (time, keys, size),
                            (p, (keys, 1)),
                            (value, (kv_row, 1)),
                            T::default(),
                            heads.rows_mut(y, at, h),
                        );
                    }
                }
            })
        });
    }
}

impl Eval for AttentionQueryGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (attention, first) = (&self.0, self.0.operands());
        let Some(heads) = Heads::new(attention, io) else { return };
        let Sizes { batch, time, keys, size, kv_row, .. } = heads.sizes;
        let (y, log_sum, dy) = (io.x(first), io.x(first + 1), io.x(first + 2));
        let [dq, delta] = io.outputs else { return };
        let (dq, delta) = (dq.floats_mut(), delta.floats_mut());
        let scale = heads.scale;
        share([dq, delta], batch, 1, |samples, [dq, delta]| {
            T::scratch(time * 2 * keys + keys, |scratch| {
                let (p, rest) = scratch.split_at_mut(time * keys);
                let (dp, keep) = rest.split_at_mut(time * keys);
                for (own, b) in samples.enumerate() {
                    heads.keep(b, keep);
                    for h in 0..attention.heads {
                        heads.scores(b, h, p);
                        heads.dp(dy, b, h, dp);
                        let ((y, (row, _)), (dy, _)) = (heads.rows(y, b, h), heads.rows(dy, b, h));
                        let at = (b * attention.heads + h) * time;
                        for t in 0..time {
                            let along = sum_over(&y[t * row..][..size], &dy[t * row..][..size], |y, dy| y * dy);
                            delta[(own * attention.heads + h) * time + t] = along;
                            let p = &mut p[t * keys..][..keys];
                            heads.exponentials(t, p, log_sum[at + t], keep);
                            for (p, &dp) in p.iter_mut().zip(&dp[t * keys..][..keys]) {
                                *p = *p * (dp - along) * scale;
                            }
                        }
                        let key = &heads.kv[heads.key_at(b, h)..];
                        T::gemm(
                            (time, keys, size),
                            (p, (keys, 1)),
                            (key, (kv_row, 1)),
                            T::default(),
                            heads.rows_mut(dq, own, h),
                        );
                    }
                }
            })
        });
    }
}

impl Eval for AttentionKeyGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (attention, first) = (&self.0, self.0.operands());
        let Some(heads) = Heads::new(attention, io) else { return };
        let Sizes { batch, time, keys, size, q_row, kv_row, .. } = heads.sizes;
        let (log_sum, dy, dq, delta) = (io.x(first), io.x(first + 1), io.x(first + 2), io.x(first + 3));
        let group = attention.heads / attention.kv_heads;
        let dkv = io.y(0);
        let scale = heads.scale;
        share([dkv], batch, 1, |samples, [dkv]| {
            T::scratch(2 * keys * (time + size) + keys, |scratch| {
                let (p, rest) = scratch.split_at_mut(time * keys);
                let (ds, rest) = rest.split_at_mut(time * keys);
                let (dk, rest) = rest.split_at_mut(keys * size);
                let (dv, keep) = rest.split_at_mut(keys * size);
                for (own, b) in samples.clone().enumerate() {
                    heads.keep(b, keep);
                    for h in 0..attention.heads {
                        heads.scores(b, h, p);
                        heads.dp(dy, b, h, ds);
                        let at = (b * attention.heads + h) * time;
                        for t in 0..time {
                            let p = &mut p[t * keys..][..keys];
                            heads.exponentials(t, p, log_sum[at + t], keep);
                            let along = delta[at + t];
                            for (ds, &p) in ds[t * keys..][..keys].iter_mut().zip(&*p) {
                                *ds = p * (*ds - along) * scale;
                            }
                        }
                        // Heads that share a key add up.
                        let beta = T::of(if h % group == 0 { 0.0 } else { 1.0 });
                        T::gemm((keys, time, size), (ds, (1, keys)), heads.query(b, h), beta, (dk, size));
                        T::gemm((keys, time, size), (p, (1, keys)), heads.rows(dy, b, h), beta, (dv, size));
                        if h % group == group - 1 {
                            let end = (own + 1) * keys * kv_row;
                            spread(dk, size, &mut dkv[heads.key_at(own, h)..end], kv_row);
                            spread(dv, size, &mut dkv[heads.value_at(own, h)..end], kv_row);
                        }
                    }
                }
                if !attention.cross {
                    let columns = attention.heads * size;
                    spread(&dq[samples.start * time * columns..], columns, dkv, q_row);
                }
            })
        });
    }
}
