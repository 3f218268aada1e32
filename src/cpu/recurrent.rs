//! What the twins of `lstm`, `gru` and `rnn` share.

use std::ops::Range;

use super::{Io, Real, accumulate};
use crate::ops::recurrent::{Backward, Loop, Sizes};

/// Elements of one sample and step in \[batch, time, n\].
pub(super) fn row(sample: usize, at: usize, sizes: Sizes, n: usize) -> Range<usize> {
    let start = (sample * sizes.time + at) * n;
    start..start + n
}

/// The recurrent part of the gates, \[batch, n\]: h(before) · w + b.
pub(super) fn recurrent_part<T: Real>(
    y: &[T],
    before: Option<usize>,
    (w, b): (&[T], &[T]),
    sizes: Sizes,
    part: &mut [T],
) {
    for part in part.chunks_exact_mut(b.len()) {
        part.copy_from_slice(b);
    }
    if let Some(before) = before {
        let (units, n) = (sizes.units, b.len());
        let h = (&y[before * units..], (sizes.time * units, 1));
        T::gemm((sizes.batch, units, n), h, (w, (n, 1)), T::of(1.0), (part, n));
    }
}

/// d loss / d h(before) += da · wᵀ, of the step `at` of da \[batch, time, n\].
pub(super) fn through_weight<T: Real>(da: &[T], at: usize, w: &[T], sizes: Sizes, dh: &mut [T]) {
    let n = w.len() / sizes.units;
    let da = (&da[at * n..], (sizes.time * n, 1));
    T::gemm((sizes.batch, n, sizes.units), da, (w, (1, n)), T::of(1.0), (dh, sizes.units));
}

/// Whether a sample's step is padding; `tokens` are empty without padding.
pub(super) fn kept(time: Loop, tokens: &[u32], sample: usize, at: usize, sizes: Sizes) -> bool {
    tokens.get(sample * sizes.time + at).is_some_and(|&token| Some(token) == time.padding)
}

/// Makes a step's state that of the step before, or 0.
pub(super) fn keep<T: Real>(states: &mut [T], before: Option<Range<usize>>, now: Range<usize>) {
    match before {
        Some(before) => states.copy_within(before, now.start),
        None => states[now].fill(T::default()),
    }
}

/// The tokens of a forward op, if any.
pub(super) fn tokens<'a, T: Real>(time: Loop, io: &Io<'a, T>) -> &'a [u32] {
    if time.padding.is_some() { io.ints(3) } else { &[] }
}

/// What a gradient op is given beside w and the saved values.
pub(super) struct Given<'a, T> {
    dy: Option<&'a [T]>,
    dh: Option<&'a [T]>,
    /// Empty without padding.
    pub tokens: &'a [u32],
}

impl<'a, T: Real> Given<'a, T> {
    pub fn new(way: Backward, saved: usize, io: &Io<'a, T>) -> Self {
        let [dy, dh, tokens] = way.operands(saved);
        Self { dy: dy.map(|i| io.x(i)), dh: dh.map(|i| io.x(i)), tokens: tokens.map_or(&[], |i| io.ints(i)) }
    }

    /// What belongs to these samples.
    pub fn of(&self, samples: &Range<usize>, sizes: Sizes) -> Self {
        let cut = |given: &'a [T], n: usize| &given[samples.start * n..samples.end * n];
        Self {
            dy: self.dy.map(|dy| cut(dy, sizes.time * sizes.units)),
            dh: self.dh.map(|dh| cut(dh, sizes.units)),
            tokens: self.tokens.get(samples.start * sizes.time..).unwrap_or(&[]),
        }
    }

    /// d loss / d h after the last step, \[batch, units\].
    pub fn begin(&self, dh: &mut [T]) {
        match self.dh {
            Some(given) => dh.copy_from_slice(given),
            None => dh.fill(T::default()),
        }
    }

    /// Adds what comes from the step's output.
    pub fn add_step(&self, at: usize, sizes: Sizes, dh: &mut [T]) {
        let Some(dy) = self.dy else { return };
        for (sample, dh) in dh.chunks_exact_mut(sizes.units).enumerate() {
            accumulate(dh, &dy[row(sample, at, sizes, sizes.units)]);
        }
    }
}

/// Samples that are worth a thread: fewer pack the weights too often.
pub(super) const ENOUGH: usize = 16;

/// The elements of these samples; `n` a sample and step.
pub(super) fn samples<'a, T>(of: &'a [T], samples: &Range<usize>, sizes: Sizes, n: usize) -> &'a [T] {
    &of[samples.start * sizes.time * n..samples.end * sizes.time * n]
}

/// The last step's states, out of all.
pub(super) fn last_state<T: Real>(time: Loop, y: &[T], sizes: Sizes, last: &mut [T]) {
    let at = if time.reverse { 0 } else { sizes.time - 1 };
    for (sample, last) in last.chunks_exact_mut(sizes.units).enumerate() {
        last.copy_from_slice(&y[row(sample, at, sizes, sizes.units)]);
    }
}

/// `to[i] = f(to[i], a[i], b[i], …)`. Loops that write one slice become SIMD; those that write many do not, as each
/// might overlap each.
pub(super) fn update<T: Real, const N: usize>(to: &mut [T], from: [&[T]; N], f: impl Fn(T, [T; N]) -> T) {
    let from = from.map(|from| &from[..to.len()]);
    for (i, to) in to.iter_mut().enumerate() {
        *to = f(*to, from.map(|from| from[i]));
    }
}

/// `y[i] = σ(x[i] + r[i])`
pub(super) fn sigmoids<T: Real>(y: &mut [T], x: &[T], r: &[T]) {
    update(y, [x, r], |_, [x, r]| (x + r).sigmoid());
}

/// `y[i] = tanh(x[i] + r[i])`
pub(super) fn tanhs<T: Real>(y: &mut [T], x: &[T], r: &[T]) {
    update(y, [x, r], |_, [x, r]| (x + r).tanh());
}
