//! Images as matrices, so that convolution becomes a matrix product (Chellapilla et al., 2006).

use std::ops::Range;

use super::{Real, accumulate};
use crate::ops::{Span, Window};

/// So many columns make a matrix product worth its packing; small images are taken in groups.
const ENOUGH_COLUMNS: usize = 128;

/// The matrix \[channels · kernel height · kernel width, output pixels\]: entry (c, u, v), p is the input pixel
/// that p's window has at (u, v), or 0 in the padding. A group of images lies side by side.
pub struct Columns {
    channels: usize,
    h: Span,
    w: Span,
}

/// The outputs whose window has a pixel of the image, not padding, at `offset`.
fn inside(span: &Span, offset: usize) -> Range<usize> {
    let first = |position: usize| position.saturating_sub(offset).div_ceil(span.stride);
    let end = first(span.input + span.before).min(span.output);
    first(span.before).min(end)..end
}

impl Columns {
    /// For x of sizes \[batch, channels, height, width\] under `window`.
    pub fn new(window: &Window, channels: usize, (height, width): (usize, usize)) -> Self {
        match window.over(height, width) {
            Ok((h, w)) => Self { channels, h, w },
            Err(message) => unreachable!("the shape rule has checked the window: {message}"),
        }
    }

    /// Rows of the matrix: the length of a filter.
    pub fn rows(&self) -> usize {
        self.channels * self.h.kernel * self.w.kernel
    }

    /// Output pixels: columns of one image.
    pub fn pixels(&self) -> usize {
        self.h.output * self.w.output
    }

    /// Numbers of one input image.
    pub fn image(&self) -> usize {
        self.channels * self.h.input * self.w.input
    }

    /// How many of `batch` images to take at a time.
    pub fn group(&self, batch: usize) -> usize {
        ENOUGH_COLUMNS.div_ceil(self.pixels()).min(batch)
    }

    /// Whether some window reaches into the padding.
    pub fn padded(&self) -> bool {
        [&self.h, &self.w].iter().any(|span| (0..span.kernel).any(|offset| inside(span, offset).len() < span.output))
    }

    /// Calls `f(row, output pixel, input pixel, length)` for every run of the matrix within one row of
    /// outputs and of the image: its first pixels are given, input pixels are a column's stride apart.
    pub fn runs(&self, mut f: impl FnMut(usize, usize, usize, usize)) {
        let (h, w) = (&self.h, &self.w);
        for row in 0..self.rows() {
            let (c, u, v) = (row / (h.kernel * w.kernel), row / w.kernel % h.kernel, row % w.kernel);
            let columns = inside(w, v);
            for i in inside(h, u) {
                let y = c * h.input + i * h.stride + u - h.before;
                let x = (columns.start * w.stride + v).wrapping_sub(w.before);
                if !columns.is_empty() {
                    f(row, i * w.output + columns.start, y * w.input + x, columns.len());
                }
            }
        }
    }

    /// Writes the columns of a group of images to `matrix`.
    pub fn gather<T: Real>(&self, images: &[T], matrix: &mut [T]) {
        let width = matrix.len() / self.rows();
        if self.padded() {
            matrix.fill(T::default());
        }
        let stride = self.w.stride;
        for (g, image) in images.chunks_exact(self.image()).enumerate() {
            let first = g * self.pixels();
            self.runs(|row, output, input, length| {
                let to = &mut matrix[row * width + first + output..][..length];
                if stride == 1 {
                    to.copy_from_slice(&image[input..][..length]);
                } else {
                    for (to, &from) in to.iter_mut().zip(image[input..].iter().step_by(stride)) {
                        *to = from;
                    }
                }
            });
        }
    }

    /// The transpose of [`Columns::gather`]: every pixel becomes the sum of its entries in `matrix`.
    pub fn scatter<T: Real>(&self, matrix: &[T], images: &mut [T]) {
        let width = matrix.len() / self.rows();
        let stride = self.w.stride;
        images.fill(T::default());
        for (g, image) in images.chunks_exact_mut(self.image()).enumerate() {
            let first = g * self.pixels();
            self.runs(|row, output, input, length| {
                let from = &matrix[row * width + first + output..][..length];
                if stride == 1 {
                    accumulate(&mut image[input..][..length], from);
                } else {
                    for (to, &from) in image[input..].iter_mut().step_by(stride).zip(from) {
                        *to += from;
                    }
                }
            });
        }
    }
}

/// \[images, channels, pixels\] → \[channels, images · pixels\], as in [`Columns`]; in `scratch` unless there is
/// one image, which is so already.
pub fn side_by_side<'a, T: Real>(images: &'a [T], channels: usize, pixels: usize, scratch: &'a mut [T]) -> &'a [T] {
    let width = images.len() / channels;
    if width == pixels {
        return images;
    }
    for (i, plane) in images.chunks_exact(pixels).enumerate() {
        let (image, channel) = (i / channels, i % channels);
        scratch[channel * width + image * pixels..][..pixels].copy_from_slice(plane);
    }
    scratch
}
