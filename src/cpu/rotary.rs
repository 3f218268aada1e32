//! Twin of `src/ops/rotary.rs`.

use super::{Eval, Io, Real, sinusoidal::angle};
use crate::ops::rotary::Rotary;

impl Eval for Rotary {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, sizes) = (io.x(0), io.sizes(0));
        let (time, columns, half) = (sizes[1], sizes[2], self.size / 2);
        let first = if self.decode { io.step.cursor as usize } else { 0 };
        let sign = if self.inverse { -1.0 } else { 1.0 };
        let y = io.y(0);
        y.copy_from_slice(x);
        for t in 0..time {
            for pair in 0..half {
                let (sin, cos) = angle(first + t, pair as f64 / half as f64).sin_cos();
                let (sin, cos) = (T::of(sign * sin), T::of(cos));
                for row in y.chunks_exact_mut(columns).skip(t).step_by(time) {
                    for head in row[..self.heads * self.size].chunks_exact_mut(self.size) {
                        let (a, b) = (head[pair], head[pair + half]);
                        head[pair] = a * cos - b * sin;
                        head[pair + half] = b * cos + a * sin;
                    }
                }
            }
        }
    }
}
