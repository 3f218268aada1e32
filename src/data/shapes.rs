//! Pictures of coloured shapes.

use std::f32::consts::TAU;

use serde::Deserialize;

use super::{
    About, Column, Dataset, Manifest, Samples, Source,
    draws::{self, Draws},
};
use crate::error::Result;

const SIDE: usize = 32;
const NAMES: [&str; 6] = ["circle", "square", "triangle", "star", "cross", "ring"];
const COUNTS: [usize; 2] = [8_000, 2_000];
/// Radius in pixels.
const RADIUS: (f32, f32) = (5.0, 14.0);
/// Brightness of shape and background differ by at least this, of 255.
const CONTRAST: f32 = 45.0;
/// Grey noise reaches so far up and down.
const NOISE: u32 = 12;
/// Where a pixel is looked at: four points, turned so that no two share a row or column.
const WITHIN: [(f32, f32); 4] = [(-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125)];

/// `{"dataset": "shapes", "seed": 0}`: x pixels \[3, 32, 32\] (red, green, blue), y circle, square, triangle, star, cross or ring, of
/// random size, place, rotation and colours, with a little noise. 8,000 samples to train on, 2,000 to test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shapes {
    #[serde(default)]
    seed: u32,
}

impl Source for Shapes {
    fn name(&self) -> &'static str {
        "shapes"
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(About {
            x: Column::pixels(&[3, SIDE, SIDE]),
            y: Some(Column::labels(NAMES.len()).named(&NAMES)),
            counts: COUNTS,
            stream: false,
            padding: None,
        })
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        let mut draws = Draws::new(self.seed, 4);
        let total: usize = COUNTS.iter().sum();
        let mut all = Samples { x: vec![0; total * 3 * SIDE * SIDE], y: Vec::with_capacity(total) };
        for (at, picture) in all.x.chunks_exact_mut(3 * SIDE * SIDE).enumerate() {
            let class = at % NAMES.len();
            paint(class, &mut draws, picture);
            all.y.push(class as u8);
        }
        Some(self.about(None).map(|about| draws::split(about, all)))
    }
}

/// Paints one of the shapes on a background.
fn paint(class: usize, draws: &mut Draws, picture: &mut [u8]) {
    let radius = draws.between(RADIUS.0, RADIUS.1);
    // What sticks out at a side is little.
    let margin = radius * 0.8;
    let mut place = || draws.between(margin, SIDE as f32 - margin);
    let (left, top) = (place(), place());
    let (sin, cos) = draws.between(0.0, TAU).sin_cos();
    let (shape, background) = colours(draws);
    let last = (SIDE - 1) as f32;
    let ends = |middle: f32| ((middle - radius).clamp(0.0, last) as usize, (middle + radius).clamp(0.0, last) as usize);
    let ((x_from, x_to), (y_from, y_to)) = (ends(left), ends(top));
    for (plane, colour) in picture.chunks_exact_mut(SIDE * SIDE).zip(background) {
        plane.fill(colour as u8);
    }
    for y in y_from..=y_to {
        for x in x_from..=x_to {
            let covers = |&&(dx, dy): &&(f32, f32)| {
                let (u, v) = ((x as f32 + 0.5 + dx - left) / radius, (y as f32 + 0.5 + dy - top) / radius);
                contains(class, u * cos + v * sin, v * cos - u * sin)
            };
            let share = WITHIN.iter().filter(covers).count() as f32 / WITHIN.len() as f32;
            for channel in 0..3 {
                let colour = background[channel] + share * (shape[channel] - background[channel]);
                picture[(channel * SIDE + y) * SIDE + x] = colour as u8;
            }
        }
    }
    for four in picture.chunks_exact_mut(4) {
        for (value, noise) in four.iter_mut().zip(draws.bits().to_le_bytes()) {
            let moved = i32::from(*value) + (u32::from(noise) * (2 * NOISE + 1) / 256) as i32 - NOISE as i32;
            *value = moved.clamp(0, 255) as u8;
        }
    }
}

/// Of shape and background: different enough in brightness.
fn colours(draws: &mut Draws) -> ([f32; 3], [f32; 3]) {
    let brightness = |c: [f32; 3]| 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
    loop {
        let [shape, background] = [(); 2].map(|()| [(); 3].map(|()| draws.between(0.0, 255.0)));
        if (brightness(shape) - brightness(background)).abs() >= CONTRAST {
            return (shape, background);
        }
    }
}

/// Whether a point is in a shape, which fits the unit circle.
fn contains(class: usize, u: f32, v: f32) -> bool {
    let r2 = u * u + v * v;
    let (a, b) = (u.abs(), v.abs());
    // On the inner side of so many of the lines at `distance` whose normals are `n` directions.
    let inner = |normals: &[(f32, f32)], distance: f32| normals.iter().filter(|n| n.0 * u + n.1 * v < distance).count();
    match class {
        0 => r2 < 0.85 * 0.85,
        1 => a < 0.7 && b < 0.7,
        2 => inner(&[(0.0, 1.0), (0.866, -0.5), (-0.866, -0.5)], 0.5) == 3,
        // A pentagram: on the inner side of at least four of its five lines.
        3 => inner(&[(0.0, 1.0), (0.951, 0.309), (0.588, -0.809), (-0.588, -0.809), (-0.951, 0.309)], 0.309) >= 4,
        4 => (a < 0.28 && b < 0.9) || (b < 0.28 && a < 0.9),
        _ => (0.5 * 0.5..0.9 * 0.9).contains(&r2),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::draws::tests::{balanced, generated},
        *,
    };

    #[test]
    fn pictures_are_balanced_and_have_two_colours() {
        let data = generated("shapes", json!({}));
        data.splits.iter().for_each(|split| balanced(&split.y, NAMES.len()));
        for picture in data.splits[1].x.chunks(3 * SIDE * SIDE).take(100) {
            let spread = picture
                .chunks(SIDE * SIDE)
                .map(|plane| plane.iter().max().copied().unwrap_or(0) - plane.iter().min().copied().unwrap_or(0));
            assert!(spread.max() > Some(CONTRAST as u8 - 10));
        }
    }

    #[test]
    fn shapes_fit_the_unit_circle_and_differ() {
        let points = (0..401 * 401).map(|at| ((at % 401) as f32 / 200.0 - 1.0, (at / 401) as f32 / 200.0 - 1.0));
        let areas = (0..NAMES.len()).map(|class| {
            let inside: Vec<_> = points.clone().filter(|&(u, v)| contains(class, u, v)).collect();
            assert!(inside.iter().all(|(u, v)| u.hypot(*v) < 1.05), "{}", NAMES[class]);
            (inside.len() as f32 / 40_000.0 * 100.0).round() / 100.0
        });
        let areas: Vec<f32> = areas.collect();
        // π 0.85², 1.4², 3√3/4, the pentagram's 1.123, the cross's, π (0.9² - 0.5²).
        let expected = [2.27, 1.96, 1.30, 1.12, 1.70, 1.76];
        assert!(areas.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.02), "{areas:?}");
    }
}
