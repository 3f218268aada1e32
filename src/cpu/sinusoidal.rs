//! Twin of `src/ops/sinusoidal.rs`.

use super::{Eval, Io, Real};
use crate::ops::sinusoidal::Sinusoidal;

/// position / 10000^fraction
pub(super) fn angle(position: usize, fraction: f64) -> f64 {
    position as f64 * 10_000_f64.powf(-fraction)
}

impl Eval for Sinusoidal {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, sizes) = (io.x(0), io.sizes(0));
        let (time, d) = (sizes[1], sizes[2]);
        let first = if self.decode { io.step.cursor as usize } else { 0 };
        let y = io.y(0);
        y.copy_from_slice(x);
        for t in 0..time {
            for c in (0..d).step_by(2) {
                let (sin, cos) = angle(first + t, c as f64 / d as f64).sin_cos();
                for row in y.chunks_exact_mut(time * d) {
                    row[t * d + c] += T::of(sin);
                    if c + 1 < d {
                        row[t * d + c + 1] += T::of(cos);
                    }
                }
            }
        }
    }
}
