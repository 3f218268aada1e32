//! Twin of `src/ops/conv2d.rs`: a matrix product for each group of images.

use super::{
    Eval, Io, Real,
    columns::{Columns, side_by_side},
    sum,
};
use crate::ops::conv2d::{Conv2d, Conv2dInputGrad, Conv2dWeightGrad};

impl Eval for Conv2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, w, bias, size) = (io.x(0), io.x(1), io.x(2), io.sizes(0));
        let columns = Columns::new(&self.window, size[1], (size[2], size[3]));
        let (k, pixels, filters, group) = (columns.rows(), columns.pixels(), bias.len(), columns.group(size[0]));
        let y = io.y(0);
        T::scratch((k + filters) * group * pixels, |scratch| {
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
        });
    }
}

impl Eval for Conv2dInputGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (dy, w, batch, size) = (io.x(0), io.x(1), io.sizes(0)[0], io.sizes(1));
        let columns = Columns::new(&self.window, size[1], self.size);
        let (k, pixels, filters, group) = (columns.rows(), columns.pixels(), size[0], columns.group(batch));
        let dx = io.y(0);
        T::scratch((k + filters) * group * pixels, |scratch| {
            for (dx, dy) in dx.chunks_mut(group * columns.image()).zip(dy.chunks(group * filters * pixels)) {
                let width = dy.len() / filters;
                let (matrix, beside) = scratch.split_at_mut(k * group * pixels);
                let matrix = &mut matrix[..k * width];
                let beside = side_by_side(dy, filters, pixels, beside);
                T::gemm((k, filters, width), (w, (1, k)), (beside, (width, 1)), T::default(), (matrix, width));
                columns.scatter(matrix, dx);
            }
        });
    }
}

impl Eval for Conv2dWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (x, dy, size, filters) = (io.x(0), io.x(1), io.sizes(0), io.sizes(1)[1]);
        let columns = Columns::new(&self.window, size[1], (size[2], size[3]));
        let (k, pixels, group) = (columns.rows(), columns.pixels(), columns.group(size[0]));
        let dw = io.y(0);
        dw.fill(T::default());
        T::scratch((k + filters) * group * pixels, |scratch| {
            for (x, dy) in x.chunks(group * columns.image()).zip(dy.chunks(group * filters * pixels)) {
                let width = dy.len() / filters;
                let (matrix, beside) = scratch.split_at_mut(k * group * pixels);
                let matrix = &mut matrix[..k * width];
                let beside = side_by_side(dy, filters, pixels, beside);
                columns.gather(x, matrix);
                T::gemm((filters, width, k), (beside, (width, 1)), (matrix, (1, width)), T::of(1.0), (dw, k));
            }
        });
        for (filter, db) in io.y(1).iter_mut().enumerate() {
            *db = dy.chunks_exact(pixels).skip(filter).step_by(filters).map(sum).sum();
        }
    }
}

#[cfg(test)]
#[path = "conv2d_tests.rs"]
mod tests;
