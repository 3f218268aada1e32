//! A function of one number, for regression.

use std::f32::consts::{PI, TAU};

use serde::Deserialize;

use super::{
    About, Column, Dataset, Manifest, Samples, Source,
    draws::{self, Draws},
};
use crate::error::Result;

/// `{"dataset": "function", "function": "sine" | "step" | "polynomial" | "absolute" | "chirp", "noise": 0.1,
/// "samples": 1000, "seed": 0}`: x a number, evenly in -1..1; y its value, -1..1, with normal noise of that standard
/// deviation (0 to 0.5). The last fifth of the samples is the test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    function: Kind,
    #[serde(default = "noise")]
    noise: f32,
    #[serde(default = "samples")]
    samples: usize,
    #[serde(default)]
    seed: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// sin 2πx
    Sine,
    /// -0.7 or 0.7
    Step,
    /// 4x³ - 3x
    Polynomial,
    /// 2|x| - 1
    Absolute,
    /// A sine that gets faster: sin π(x + 1)²
    Chirp,
}

fn noise() -> f32 {
    0.1
}

fn samples() -> usize {
    1000
}

impl Source for Function {
    fn name(&self) -> &'static str {
        "function"
    }

    fn check(&self) -> Result<()> {
        draws::in_range("noise", self.noise, 0.0, 0.5)?;
        draws::check_samples(self.samples)
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(About {
            x: Column::numbers(&[1]),
            y: Some(Column::numbers(&[1])),
            counts: draws::counts(self.samples),
            stream: false,
            padding: None,
        })
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        let mut draws = Draws::new(self.seed, 2);
        let x: Vec<f32> = (0..self.samples).map(|_| draws.between(-1.0, 1.0)).collect();
        let y: Vec<f32> = x.iter().map(|x| self.value(*x) + self.noise * draws.normal()).collect();
        let all = Samples { x: draws::bytes(x), y: draws::bytes(y) };
        Some(self.about(None).map(|about| draws::split(about, all)))
    }
}

impl Function {
    /// Without noise.
    fn value(&self, x: f32) -> f32 {
        match self.function {
            Kind::Sine => (TAU * x).sin(),
            Kind::Step => 0.7f32.copysign(x),
            Kind::Polynomial => (4.0 * x * x - 3.0) * x,
            Kind::Absolute => 2.0 * x.abs() - 1.0,
            Kind::Chirp => (PI * (x + 1.0).powi(2)).sin(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::draws::tests::{generated, numbers},
        *,
    };

    #[test]
    fn values_are_those_of_the_function_and_noise_is_added() {
        for function in ["sine", "step", "polynomial", "absolute", "chirp"] {
            let data = generated("function", json!({ "function": function, "noise": 0.0 }));
            let rule: Function = serde_json::from_value(json!({ "function": function })).unwrap();
            let [x, y] = [&data.splits[0].x, &data.splits[0].y].map(|bytes| numbers(bytes));
            assert!(x.iter().zip(&y).all(|(x, y)| *y == rule.value(*x) && x.abs() <= 1.0 && y.abs() <= 1.0));
            let noisy = generated("function", json!({ "function": function, "noise": 0.2 }));
            let errors = numbers(&noisy.splits[0].y).into_iter().zip(&y).map(|(noisy, y)| (noisy - y).powi(2));
            let deviation = (errors.sum::<f32>() / 800.0).sqrt();
            assert!((0.18..0.22).contains(&deviation), "{deviation}");
        }
    }
}
