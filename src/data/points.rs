//! Points of a plane in two classes.

use std::f32::consts::{PI, TAU};

use serde::Deserialize;

use super::{
    About, Column, Dataset, Manifest, Samples, Source,
    draws::{self, Draws},
};
use crate::error::Result;

/// `{"dataset": "points", "shape": "circle" | "xor" | "gauss" | "spiral" | "moons", "noise": 0.1, "samples": 1000,
/// "seed": 0}`: x two numbers, about -1..1; y the class. Points are moved by a normal distribution of which 99.7 %
/// lie within `noise` (0 to 0.5). The last fifth of the samples is the test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    shape: Shape,
    #[serde(default = "noise")]
    noise: f32,
    #[serde(default = "samples")]
    samples: usize,
    #[serde(default)]
    seed: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    /// A disc within a ring.
    Circle,
    /// The quadrants of a square, as on a chessboard.
    Xor,
    /// Two clouds.
    Gauss,
    /// Two arms.
    Spiral,
    /// Two half circles that reach into each other.
    Moons,
}

fn noise() -> f32 {
    0.1
}

fn samples() -> usize {
    1000
}

impl Source for Points {
    fn name(&self) -> &'static str {
        "points"
    }

    fn check(&self) -> Result<()> {
        draws::in_range("noise", self.noise, 0.0, 0.5)?;
        draws::check_samples(self.samples)
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(About {
            x: Column::numbers(&[2]),
            y: Some(Column::labels(2)),
            counts: draws::counts(self.samples),
            stream: false,
            padding: None,
        })
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        let mut draws = Draws::new(self.seed, 1);
        // The classes take turns: both splits are balanced.
        let labels: Vec<u8> = (0..self.samples).map(|at| (at % 2) as u8).collect();
        let points = labels.iter().flat_map(|&label| self.point(label, &mut draws));
        let all = Samples { x: draws::bytes(points), y: labels };
        Some(self.about(None).map(|about| draws::split(about, all)))
    }
}

impl Points {
    fn point(&self, label: u8, draws: &mut Draws) -> [f32; 2] {
        let first = label == 0;
        let (x, y) = match self.shape {
            Shape::Circle => {
                // Evenly over the area.
                let r = if first { 0.5 * draws.uniform().sqrt() } else { draws.between(0.49, 1.0).sqrt() };
                on_circle(r, draws.between(0.0, TAU))
            }
            Shape::Xor => {
                let (x, y) = (draws.between(0.05, 1.0), draws.between(0.05, 1.0));
                let left = draws.bits() & 1 == 0;
                (if left { -x } else { x }, if left == first { -y } else { y })
            }
            Shape::Gauss => {
                let centre = if first { 0.4 } else { -0.4 };
                (centre + 0.15 * draws.normal(), centre + 0.15 * draws.normal())
            }
            Shape::Spiral => {
                let r = draws.between(0.05, 1.0);
                on_circle(r, 1.75 * TAU * r + if first { 0.0 } else { PI })
            }
            Shape::Moons => {
                let (x, y) = on_circle(1.0, draws.between(0.0, PI));
                let (x, y) = if first { (x, y) } else { (1.0 - x, 0.5 - y) };
                ((x - 0.5) / 1.5, (y - 0.25) / 1.5)
            }
        };
        [x, y].map(|v| v + self.noise / 3.0 * draws.normal())
    }
}

fn on_circle(radius: f32, angle: f32) -> (f32, f32) {
    (radius * angle.cos(), radius * angle.sin())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::draws::tests::{balanced, generated, numbers};

    #[test]
    fn every_shape_has_its_range_and_is_balanced() {
        for shape in ["circle", "xor", "gauss", "spiral", "moons"] {
            let data = generated("points", json!({ "shape": shape }));
            assert_eq!(data.about.counts, [800, 200]);
            let x = numbers(&data.splits[0].x);
            let largest = x.iter().fold(0.0, |largest: f32, v| largest.max(v.abs()));
            assert!((0.7..1.3).contains(&largest), "{shape}: {largest}");
            data.splits.iter().for_each(|split| balanced(&split.y, 2));
        }
    }

    #[test]
    fn without_noise_the_classes_are_apart() {
        let data = generated("points", json!({ "shape": "xor", "noise": 0.0 }));
        for (point, label) in numbers(&data.splits[0].x).chunks(2).zip(&data.splits[0].y) {
            assert_eq!(point[0] * point[1] > 0.0, *label == 0, "{point:?}");
        }
        let data = generated("points", json!({ "shape": "circle", "noise": 0.0 }));
        for (point, label) in numbers(&data.splits[0].x).chunks(2).zip(&data.splits[0].y) {
            assert_eq!(point[0].hypot(point[1]) < 0.6, *label == 0, "{point:?}");
        }
    }

    #[test]
    fn options_are_checked() {
        let message = |options| super::super::source("points", options, "data").unwrap_err().to_string();
        assert!(message(json!({})).contains("data.shape: is missing"));
        assert!(message(json!({ "shape": "ring" })).contains("data.shape: unknown variant `ring`"));
        assert!(message(json!({ "shape": "xor", "noise": 0.7 })).contains("data.noise: must be in 0 to 0.5, got 0.7"));
        assert!(message(json!({ "shape": "xor", "samples": 5 })).contains("data.samples: must be in 10 to 200000"));
        assert!(message(json!({ "shape": "xor", "moons": 5 })).contains("unknown field `moons`"));
    }
}
