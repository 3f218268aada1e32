//! Twin of `src/ops/winograd.rs`.

use super::{Eval, Io, Real};
use crate::ops::winograd::{
    PLACES, Tiling, WinogradInput, WinogradInputGrad, WinogradOutput, WinogradOutputGrad, WinogradWeight,
    WinogradWeightGrad,
};

/// The three transforms, each as a matrix with one row for each of a tile's four places.
const B_T: [[f64; 4]; 4] = [[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, -1.0, 1.0, 0.0], [0.0, 1.0, 0.0, -1.0]];
const G: [[f64; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];
const A: [[f64; 2]; 4] = [[1.0, 0.0], [1.0, 1.0], [1.0, -1.0], [0.0, -1.0]];

/// The sixteen places of m · d · mᵀ.
fn spread<T: Real, const N: usize>(m: &[[f64; N]; 4], d: impl Fn(usize, usize) -> T) -> [T; PLACES] {
    std::array::from_fn(|place| {
        let terms = (0..N).flat_map(|r| (0..N).map(move |c| (r, c)));
        terms.fold(T::default(), |sum, (r, c)| sum + T::of(m[place / 4][r] * m[place % 4][c]) * d(r, c))
    })
}

/// mᵀ · p · m of sixteen places.
fn gathered<T: Real, const N: usize>(m: &[[f64; N]; 4], p: &[T; PLACES]) -> [[T; N]; N] {
    let at = |r: usize, c: usize| {
        p.iter().enumerate().fold(T::default(), |sum, (place, &p)| sum + T::of(m[place / 4][r] * m[place % 4][c]) * p)
    };
    std::array::from_fn(|r| std::array::from_fn(|c| at(r, c)))
}

/// The places of element `index`, when those of all lie `stride` apart.
fn places<T: Real>(all: &[T], stride: usize, index: usize) -> [T; PLACES] {
    std::array::from_fn(|place| all[place * stride + index])
}

fn store<T: Real>(all: &mut [T], stride: usize, index: usize, places: [T; PLACES]) {
    for (place, value) in places.into_iter().enumerate() {
        all[place * stride + index] = value;
    }
}

/// Every tile of `planes` planes: its index, the plane of the images, and its row and column in the grid; of the empty
/// ones that fill up the only index.
fn tiles(tiling: Tiling, planes: usize) -> impl Iterator<Item = (usize, Option<(usize, usize, usize)>)> {
    let ((rows, columns), count) = (tiling.grid(), tiling.tiles());
    (0..planes * count).map(move |index| {
        let (plane, tile) = (index / count, index % count);
        let image = tile / (rows * columns);
        let at = (image * planes + plane, tile / columns % rows, tile % columns);
        (index, (image < tiling.batch).then_some(at))
    })
}

/// The pixel of an image's plane, or none beyond its edge.
fn pixel(size: (usize, usize), plane: usize, row: usize, column: usize, before: (usize, usize)) -> Option<usize> {
    let (row, column) = (row.checked_sub(before.0)?, column.checked_sub(before.1)?);
    (row < size.0 && column < size.1).then_some((plane * size.0 + row) * size.1 + column)
}

impl Eval for WinogradInput {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let Tiling { input, before, .. } = self.tiling;
        let (x, channels, v) = (io.x(0), io.sizes(0)[1], io.y(0));
        let stride = channels * self.tiling.tiles();
        for (index, tile) in tiles(self.tiling, channels) {
            let at =
                |r, c| tile.and_then(|(plane, row, column)| pixel(input, plane, 2 * row + r, 2 * column + c, before));
            store(v, stride, index, spread(&B_T, |r, c| at(r, c).map_or(T::default(), |at| x[at])));
        }
    }
}

impl Eval for WinogradInputGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let Tiling { input, before, .. } = self.tiling;
        let (dv, channels, dx) = (io.x(0), io.sizes(0)[1], io.y(0));
        let stride = channels * self.tiling.tiles();
        dx.fill(T::default());
        for (index, tile) in tiles(self.tiling, channels) {
            let Some((plane, row, column)) = tile else { continue };
            let values = gathered(&B_T, &places(dv, stride, index));
            for (r, values) in values.into_iter().enumerate() {
                for (c, value) in values.into_iter().enumerate() {
                    if let Some(at) = pixel(input, plane, 2 * row + r, 2 * column + c, before) {
                        dx[at] += value;
                    }
                }
            }
        }
    }
}

impl Eval for WinogradWeight {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (w, u) = (io.x(0), io.y(0));
        for (index, w) in w.as_chunks::<9>().0.iter().enumerate() {
            store(u, u.len() / PLACES, index, spread(&G, |r, c| w[3 * r + c]));
        }
    }
}

impl Eval for WinogradWeightGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let (du, sums) = (io.x(0), io.x(1).chunks_exact(io.sizes(1)[1]));
        for (index, dw) in io.y(0).as_chunks_mut::<9>().0.iter_mut().enumerate() {
            let gathered = gathered(&G, &places(du, du.len() / PLACES, index));
            dw.copy_from_slice(gathered.as_flattened());
        }
        for (db, sums) in io.y(1).iter_mut().zip(sums) {
            *db = sums.iter().fold(T::default(), |sum, &x| sum + x);
        }
    }
}

impl Eval for WinogradOutput {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let output = self.tiling.output;
        let (m, bias, y) = (io.x(0), io.x(1), io.y(0));
        let stride = bias.len() * self.tiling.tiles();
        for (index, tile) in tiles(self.tiling, bias.len()) {
            let Some((plane, row, column)) = tile else { continue };
            let values = gathered(&A, &places(m, stride, index));
            for (r, values) in values.into_iter().enumerate() {
                for (c, value) in values.into_iter().enumerate() {
                    if let Some(at) = pixel(output, plane, 2 * row + r, 2 * column + c, (0, 0)) {
                        y[at] = value + bias[plane % bias.len()];
                    }
                }
            }
        }
    }
}

impl Eval for WinogradOutputGrad {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let output = self.tiling.output;
        let (dy, filters) = (io.x(0), io.sizes(0)[1]);
        let stride = filters * self.tiling.tiles();
        for (index, tile) in tiles(self.tiling, filters) {
            let at =
                |r, c| tile.and_then(|(plane, row, column)| pixel(output, plane, 2 * row + r, 2 * column + c, (0, 0)));
            let places = spread(&A, |r, c| at(r, c).map_or(T::default(), |at| dy[at]));
            io.y(1)[index] = places[5]; // (1, 1)
            store(io.y(0), stride, index, places);
        }
    }
}
