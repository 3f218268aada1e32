//! Twin of `src/ops/pool2d.rs`. A plane's windows are the columns of [`Columns`], with one channel.

use super::{Eval, Io, Real, columns::Columns, sum};
use crate::ops::{
    Window,
    pool2d::{AvgPool2d, AvgPool2dGrad, MaxPool2d, MaxPool2dGrad},
};

/// The windows over a plane of this size.
fn windows(window: &Window, size: (usize, usize)) -> Columns {
    Columns::new(window, 1, size)
}

/// Whether one window covers the whole image: a global pooling.
fn whole(columns: &Columns) -> bool {
    columns.pixels() == 1 && columns.rows() == columns.image() && !columns.padded()
}

impl Eval for MaxPool2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, height, width) = (io.x(0), io.sizes(0)[2], io.sizes(0)[3]);
        let columns = windows(&self.window, (height, width));
        let out = io.outputs[0].ty.shape.last();
        let (y, at) = io.outputs.split_at_mut(1);
        let (y, at) = (y[0].floats_mut(), at[0].ints_mut());
        let plain = (self.window.kernel, self.window.stride) == ((2, 2), (2, 2)) && !columns.padded();
        let planes = y.chunks_exact_mut(columns.pixels()).zip(at.chunks_exact_mut(columns.pixels()));
        for (x, (y, at)) in x.chunks_exact(columns.image()).zip(planes) {
            if plain {
                let rows = y.chunks_exact_mut(out).zip(at.chunks_exact_mut(out));
                for (pair, (y, at)) in x.chunks_exact(2 * width).zip(rows) {
                    pairs(pair.split_at(width), y, at);
                }
                continue;
            }
            y.fill(T::of(f32::MIN.into()));
            at.fill(0);
            columns.runs(|place, output, input, length| {
                let places = y[output..][..length].iter_mut().zip(&mut at[output..]);
                for ((y, at), &x) in places.zip(x[input..].iter().step_by(self.window.stride.1)) {
                    (*y, *at) = if x > *y { (x, place as u32) } else { (*y, *at) };
                }
            });
        }
    }
}

/// A row of the usual windows, 2 × 2 side by side: no branches, no second pass.
fn pairs<T: Real>((top, bottom): (&[T], &[T]), y: &mut [T], at: &mut [u32]) {
    let windows = top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0);
    for ((y, at), (&[a, b], &[c, d])) in y.iter_mut().zip(at).zip(windows) {
        let (first, first_at) = if b > a { (b, 1) } else { (a, 0) };
        let (second, second_at) = if d > c { (d, 3) } else { (c, 2) };
        (*y, *at) = if second > first { (second, second_at) } else { (first, first_at) };
    }
}

impl Eval for MaxPool2dGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, at, out) = (io.x(0), io.ints(1), io.sizes(0)[3]);
        let ((_, width), (_, columns_of_window), stride) = (self.size, self.window.kernel, self.window.stride);
        let columns = windows(&self.window, self.size);
        let dx = io.y(0);
        dx.fill(T::default());
        let planes = dy.chunks_exact(columns.pixels()).zip(at.chunks_exact(columns.pixels()));
        let planes = dx.chunks_exact_mut(columns.image()).zip(planes);
        if columns.padded() {
            for (dx, (dy, at)) in planes {
                // A place in the padding is nobody's: runs leave it out.
                columns.runs(|place, output, input, length| {
                    let windows = dy[output..][..length].iter().zip(&at[output..]);
                    for (dx, (&dy, &at)) in dx[input..].iter_mut().step_by(stride.1).zip(windows) {
                        *dx += if at as usize == place { dy } else { T::default() };
                    }
                });
            }
            return;
        }
        let places = columns.rows();
        let offsets: Vec<_> = (0..places).map(|p| p / columns_of_window * width + p % columns_of_window).collect();
        for (dx, (dy, at)) in planes {
            for (i, (dy, at)) in dy.chunks_exact(out).zip(at.chunks_exact(out)).enumerate() {
                let rows = &mut dx[i * stride.0 * width..];
                for (j, (&dy, &at)) in dy.iter().zip(at).enumerate() {
                    rows[j * stride.1 + offsets[at as usize]] += dy;
                }
            }
        }
    }
}

impl Eval for AvgPool2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, size) = (io.x(0), (io.sizes(0)[2], io.sizes(0)[3]));
        let columns = windows(&self.window, size);
        let area = T::of(columns.rows() as f64);
        for (x, y) in x.chunks_exact(columns.image()).zip(io.y(0).chunks_exact_mut(columns.pixels())) {
            if whole(&columns) {
                y[0] = sum(x) / area;
                continue;
            }
            y.fill(T::default());
            columns.runs(|_, output, input, length| {
                for (y, &x) in y[output..][..length].iter_mut().zip(x[input..].iter().step_by(self.window.stride.1)) {
                    *y += x;
                }
            });
            for y in y {
                *y /= area;
            }
        }
    }
}

impl Eval for AvgPool2dGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let dy = io.x(0);
        let columns = windows(&self.window, self.size);
        let area = T::of(columns.rows() as f64);
        for (dx, dy) in io.y(0).chunks_exact_mut(columns.image()).zip(dy.chunks_exact(columns.pixels())) {
            if whole(&columns) {
                dx.fill(dy[0] / area);
                continue;
            }
            dx.fill(T::default());
            columns.runs(|_, output, input, length| {
                let inputs = dx[input..].iter_mut().step_by(self.window.stride.1);
                for (dx, &dy) in inputs.zip(&dy[output..][..length]) {
                    *dx += dy;
                }
            });
            for dx in dx {
                *dx /= area;
            }
        }
    }
}

#[cfg(test)]
#[path = "pool2d_tests.rs"]
mod tests;
