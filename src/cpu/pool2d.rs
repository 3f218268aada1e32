//! Twin of `src/ops/pool2d.rs`.

use super::{Eval, Io, Real};
use crate::ops::{
    Span, Window,
    pool2d::{AvgPool2d, AvgPool2dGrad, MaxPool2d, MaxPool2dGrad},
};

/// The window over planes of `size`, rows and columns.
fn spans(window: &Window, size: (usize, usize)) -> (Span, Span) {
    match window.over(size.0, size.1) {
        Ok(spans) => spans,
        Err(message) => unreachable!("the shape rule has checked the window: {message}"),
    }
}

/// Calls `f(place in the window, output pixel, input pixel)` for every pair that belongs together, places
/// in order for each output.
fn pairs(h: &Span, w: &Span, mut f: impl FnMut(usize, usize, usize)) {
    // The usual window, 2 × 2 without overlap or padding, is compiled as such.
    let plain = (h.kernel, w.kernel, h.stride, w.stride, h.before, w.before) == (2, 2, 2, 2, 0, 0);
    if plain && 2 * h.output <= h.input && 2 * w.output <= w.input {
        for i in 0..h.output {
            for j in 0..w.output {
                for place in 0..4 {
                    f(place, i * w.output + j, (2 * i + place / 2) * w.input + 2 * j + place % 2);
                }
            }
        }
        return;
    }
    for i in 0..h.output {
        for u in 0..h.kernel {
            let Some(y) = h.at(i, u) else { continue };
            for v in 0..w.kernel {
                for j in 0..w.output {
                    if let Some(x) = w.at(j, v) {
                        f(u * w.kernel + v, i * w.output + j, y * w.input + x);
                    }
                }
            }
        }
    }
}

impl Eval for MaxPool2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, size) = (io.x(0), io.sizes(0));
        let (h, w) = spans(&self.window, (size[2], size[3]));
        let (y, at) = io.outputs.split_at_mut(1);
        let (y, at) = (y[0].floats_mut(), at[0].ints_mut());
        y.fill(T::of(f32::MIN.into()));
        at.fill(0);
        let planes = y.chunks_exact_mut(h.output * w.output).zip(at.chunks_exact_mut(h.output * w.output));
        for (x, (y, at)) in x.chunks_exact(h.input * w.input).zip(planes) {
            pairs(&h, &w, |place, output, input| {
                let value = x[input];
                let better = value > y[output];
                y[output] = if better { value } else { y[output] };
                at[output] = if better { place as u32 } else { at[output] };
            });
        }
    }
}

impl Eval for MaxPool2dGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, at) = (io.x(0), io.ints(1));
        let (h, w) = spans(&self.window, self.size);
        let pixels = h.output * w.output;
        let dx = io.y(0);
        dx.fill(T::default());
        let planes = dy.chunks_exact(pixels).zip(at.chunks_exact(pixels));
        for (dx, (dy, at)) in dx.chunks_exact_mut(h.input * w.input).zip(planes) {
            for (output, (&dy, &place)) in dy.iter().zip(at).enumerate() {
                let (i, j, place) = (output / w.output, output % w.output, place as usize);
                if let (Some(y), Some(x)) = (h.at(i, place / w.kernel), w.at(j, place % w.kernel)) {
                    dx[y * w.input + x] += dy;
                }
            }
        }
    }
}

impl Eval for AvgPool2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, size) = (io.x(0), io.sizes(0));
        let (h, w) = spans(&self.window, (size[2], size[3]));
        let area = T::of((h.kernel * w.kernel) as f64);
        let y = io.y(0);
        y.fill(T::default());
        for (x, y) in x.chunks_exact(h.input * w.input).zip(y.chunks_exact_mut(h.output * w.output)) {
            pairs(&h, &w, |_, output, input| y[output] += x[input]);
            for y in y {
                *y /= area;
            }
        }
    }
}

impl Eval for AvgPool2dGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let dy = io.x(0);
        let (h, w) = spans(&self.window, self.size);
        let area = T::of((h.kernel * w.kernel) as f64);
        let dx = io.y(0);
        dx.fill(T::default());
        for (dx, dy) in dx.chunks_exact_mut(h.input * w.input).zip(dy.chunks_exact(h.output * w.output)) {
            pairs(&h, &w, |_, output, input| dx[input] += dy[output]);
            for dx in dx {
                *dx /= area;
            }
        }
    }
}

#[cfg(test)]
#[path = "pool2d_tests.rs"]
mod tests;
