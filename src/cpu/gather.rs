//! Twin of `src/ops/gather.rs`.

use super::{Eval, Io, Real, Step};
use crate::{
    data::Augment,
    ops::gather::{Element, Gather, STREAM},
    random::{bits, hash, normal, uniform},
};

/// What the random numbers of a sample are for: number `row · 16 + draw` of the stream.
#[derive(Clone, Copy)]
enum Draw {
    ShiftX,
    ShiftY,
    Rotate,
    Scale,
    Shear,
    Flip,
    Crop,
    CropX,
    CropY,
    CutX,
    CutY,
}

/// How the image of a row is varied in a step.
struct Variation {
    /// The pixel at `d` from `start` comes from `matrix` · d + `from`; (column, row) each.
    matrix: [[f64; 2]; 2],
    start: [f64; 2],
    from: [f64; 2],
    /// First column and row of the blank square.
    blank: [i64; 2],
}

impl Variation {
    fn new(augment: &Augment, step: &Step, row: usize, (height, width): (usize, usize)) -> Self {
        let seed = step.seed ^ hash(step.index);
        let index = |draw: Draw| row as u32 * 16 + draw as u32;
        let draw = |draw| f64::from(uniform(seed, STREAM, index(draw)));
        let around_zero = |range: f32, of| f64::from(range) * (2.0 * draw(of) - 1.0);
        let below = |of, n: usize| i64::from(((bits(seed, STREAM, index(of)) >> 16) * n as u32) >> 16);
        let (sin, cos) = around_zero(augment.rotate, Draw::Rotate).to_radians().sin_cos();
        let tan = around_zero(augment.shear, Draw::Shear).to_radians().tan();
        let crop = f64::from(augment.crop.unwrap_or(1.0));
        let share = crop + (1.0 - crop) * draw(Draw::Crop);
        let size = share / (1.0 + around_zero(augment.scale, Draw::Scale));
        let side = if augment.flip && draw(Draw::Flip) < 0.5 { -size } else { size };
        let centre = [width, height].map(|n| (n as f64 - 1.0) / 2.0);
        let shift = [Draw::ShiftX, Draw::ShiftY].map(|of| around_zero(augment.shift, of));
        let moved = [Draw::CropX, Draw::CropY].map(|of| (1.0 - share) * around_zero(1.0, of));
        Self {
            matrix: [[side * (cos + tan * sin), side * (sin - tan * cos)], [-size * sin, size * cos]],
            start: [0, 1].map(|i| centre[i] + shift[i]),
            from: [0, 1].map(|i| centre[i] * (1.0 + moved[i])),
            blank: [below(Draw::CutX, width), below(Draw::CutY, height)].map(|at| at - i64::from(augment.cut_out / 2)),
        }
    }

    /// Where the pixel at a column and a row comes from.
    fn origin(&self, column: usize, row: usize) -> [f64; 2] {
        let (x, y) = (column as f64 - self.start[0], row as f64 - self.start[1]);
        [0, 1].map(|i| self.matrix[i][0] * x + self.matrix[i][1] * y + self.from[i])
    }

    fn is_blank(&self, place: [usize; 2], cut_out: u32) -> bool {
        (0..2).all(|i| (0..i64::from(cut_out)).contains(&(place[i] as i64 - self.blank[i])))
    }
}

/// A channel at a place between its pixels: bilinear, 0 outside.
fn interpolated(channel: &[u8], (height, width): (usize, usize), [x, y]: [f64; 2]) -> f64 {
    // Rounded down; a whole number below 0 may become the one before it, with a part of 1.
    let low = |x: f64| x as i64 - i64::from(x < 0.0);
    let (column, row) = (low(x), low(y));
    let (right, down) = (x - column as f64, y - row as f64);
    let pixel = |column: i64, row: i64| {
        let inside = (0..width as i64).contains(&column) && (0..height as i64).contains(&row);
        if inside { f64::from(channel[row as usize * width + column as usize]) } else { 0.0 }
    };
    let line = |row| pixel(column, row) * (1.0 - right) + pixel(column + 1, row) * right;
    (line(row) * (1.0 - down) + line(row + 1) * down) / 255.0
}

/// Varies an image \[channels, height, width\]; it is the batch's at `row`.
fn vary<T: Real>(augment: &Augment, step: &Step, row: usize, sizes: [usize; 3], bytes: &[u8], to: &mut [T]) {
    let [_, height, width] = sizes;
    let (size, area) = ((height, width), height * width);
    let variation = Variation::new(augment, step, row, size);
    let (first, seed) = (row * to.len(), step.seed ^ hash(step.index));
    for (i, to) in to.iter_mut().enumerate() {
        let (down, along) = (i % area / width, i % width);
        let channel = &bytes[i / area * area..][..area];
        let mut value = interpolated(channel, size, variation.origin(along, down));
        if variation.is_blank([along, down], augment.cut_out) {
            value = 0.0;
        }
        if augment.noise > 0.0 {
            let noise = normal(seed, STREAM + 1, (first + i) as u32);
            value = (value + f64::from(augment.noise) * noise).clamp(0.0, 1.0);
        }
        *to = T::of(value);
    }
}

impl Eval for Gather {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let order = io.ints(2);
        let scale = T::of(255.0);
        for (column, pick) in self.picks.iter().enumerate() {
            let size = pick.shape.count();
            for row in 0..self.batch {
                // Past the end of an epoch, any sample does: step.rows keeps it out of the loss.
                let sample = order[(io.step.cursor as usize + row).min(order.len() - 1)] as usize;
                let from = sample * pick.stride + pick.offset;
                let (from, to) = (from..from + size, row * size..(row + 1) * size);
                match pick.element {
                    Element::Pixel => {
                        let bytes = &io.bytes(column)[from];
                        let step = io.step;
                        let to = &mut io.y(column)[to];
                        if let (0, Some(augment), &[c, h, w]) = (column, &self.augment, &pick.shape.0[..]) {
                            vary(augment, step, row, [c, h, w], bytes, to);
                            continue;
                        }
                        for (y, &byte) in to.iter_mut().zip(bytes) {
                            *y = T::of(byte.into()) / scale;
                        }
                    }
                    Element::Class => {
                        let bytes = &io.bytes(column)[from];
                        for (y, &byte) in io.ints_mut(column)[to].iter_mut().zip(bytes) {
                            *y = byte.into();
                        }
                    }
                    Element::Number => {
                        let numbers = &io.x(column)[from];
                        io.y(column)[to].copy_from_slice(numbers);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
