//! Twin of `src/ops/conv2d.rs`: a matrix product for each group of images.

use super::{
    Eval, Io, Real, accumulate,
    columns::{Columns, side_by_side},
    share, sum,
};
use crate::ops::conv2d::{Conv2d, Conv2dInputGrad, Conv2dWeightGrad};

/// Parts of a batch whose weight gradients are summed apart, whatever the number of threads: they share the work.
const PARTS: usize = 4;

impl Eval for Conv2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, bias, size) = (io.x(0), io.x(1), io.x(2), io.sizes(0));
        let columns = Columns::new(&self.window, size[1], (size[2], size[3]));
        let (k, pixels, filters, group) = (columns.rows(), columns.pixels(), bias.len(), columns.group(size[0]));
        share([io.y(0)], size[0], group, |images, [y]| {
            T::scratch((k + filters) * group * pixels, |scratch| {
                let x = &x[images.start * columns.image()..images.end * columns.image()];
                for (x, y) in x.chunks(group * columns.image()).zip(y.chunks_mut(group * filters * pixels)) {
                    let width = y.len() / filters;
                    let (matrix, out) = scratch.split_at_mut(k * group * pixels);
                    let matrix = &mut matrix[..k * width];
                    columns.gather(x, matrix);
                    if width == pixels {
                        // One image: the product is the output.
                        for (y, &bias) in y.chunks_exact_mut(pixels).zip(bias) {
                            y.fill(bias);
                        }
                        T::gemm((filters, k, width), (w, (k, 1)), (matrix, (width, 1)), T::of(1.0), (y, width));
                        continue;
                    }
                    let out = &mut out[..filters * width];
                    T::gemm((filters, k, width), (w, (k, 1)), (matrix, (width, 1)), T::default(), (out, width));
                    for (i, plane) in y.chunks_exact_mut(pixels).enumerate() {
                        let (image, filter) = (i / filters, i % filters);
                        for (y, &out) in plane.iter_mut().zip(&out[filter * width + image * pixels..]) {
                            *y = out + bias[filter];
                        }
                    }
                }
            })
        });
    }
}

impl Eval for Conv2dInputGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, w, batch, size) = (io.x(0), io.x(1), io.sizes(0)[0], io.sizes(1));
        let columns = Columns::new(&self.window, size[1], self.size);
        let (k, pixels, filters, group) = (columns.rows(), columns.pixels(), size[0], columns.group(batch));
        share([io.y(0)], batch, group, |images, [dx]| {
            T::scratch((k + filters) * group * pixels, |scratch| {
                let dy = &dy[images.start * filters * pixels..images.end * filters * pixels];
                for (dx, dy) in dx.chunks_mut(group * columns.image()).zip(dy.chunks(group * filters * pixels)) {
                    let width = dy.len() / filters;
                    let (matrix, beside) = scratch.split_at_mut(k * group * pixels);
                    let matrix = &mut matrix[..k * width];
                    let beside = side_by_side(dy, filters, pixels, beside);
                    T::gemm((k, filters, width), (w, (1, k)), (beside, (width, 1)), T::default(), (matrix, width));
                    columns.scatter(matrix, dx);
                }
            })
        });
    }
}

impl Eval for Conv2dWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, dy, size, filters) = (io.x(0), io.x(1), io.sizes(0), io.sizes(1)[1]);
        let columns = Columns::new(&self.window, size[1], (size[2], size[3]));
        let (k, pixels, group) = (columns.rows(), columns.pixels(), columns.group(size[0]));
        let parts = PARTS.min(size[0].div_ceil(group));
        let part = size[0].div_ceil(parts);
        T::scratch(parts * filters * k, |sums| {
            sums.fill(T::default());
            share([sums], parts, 1, |range, [sums]| {
                T::scratch((k + filters) * group * pixels, |scratch| {
                    for (dw, index) in sums.chunks_exact_mut(filters * k).zip(range) {
                        let images = (index * part).min(size[0])..((index + 1) * part).min(size[0]);
                        let x = &x[images.start * columns.image()..images.end * columns.image()];
                        let dy = &dy[images.start * filters * pixels..images.end * filters * pixels];
                        for (x, dy) in x.chunks(group * columns.image()).zip(dy.chunks(group * filters * pixels)) {
                            let width = dy.len() / filters;
                            let (matrix, beside) = scratch.split_at_mut(k * group * pixels);
                            let matrix = &mut matrix[..k * width];
                            let beside = side_by_side(dy, filters, pixels, beside);
                            columns.gather(x, matrix);
                            let (dy, x) = ((beside, (width, 1)), (&*matrix, (1, width)));
                            T::gemm((filters, width, k), dy, x, T::of(1.0), (dw, k));
                        }
                    }
                });
            });
            let dw = io.y(0);
            dw.fill(T::default());
            for sum in sums.chunks_exact(filters * k) {
                accumulate(dw, sum);
            }
        });
        share([io.y(1)], filters, 1, |range, [db]| {
            for (db, filter) in db.iter_mut().zip(range) {
                *db = dy.chunks_exact(pixels).skip(filter).step_by(filters).map(sum).sum();
            }
        });
    }
}

#[cfg(test)]
#[path = "conv2d_tests.rs"]
mod tests;
