//! `adam` (Kingma and Ba, 2015) and `adamw` (Loshchilov and Hutter, 2019), as in PyTorch.

use serde::Deserialize;

use super::{Optimizer, Rule, fraction, not_negative};
use crate::{
    cpu::Real,
    error::{Error, Result},
    kernel,
    kernels::{Kernel, Number},
};

kernel!(ADAM, "optim/adam");

/// m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  p ← p − rate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
/// v̂ = v / (1 − β₂ᵗ). Weight decay is added to g.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adam {
    learning_rate: f32,
    #[serde(default = "beta1")]
    beta1: f32,
    #[serde(default = "beta2")]
    beta2: f32,
    #[serde(default = "epsilon")]
    epsilon: f32,
    #[serde(default)]
    weight_decay: f32,
}

/// Adam with decoupled weight decay: p ← p − rate · weight_decay · p before the update.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamW {
    learning_rate: f32,
    #[serde(default = "beta1")]
    beta1: f32,
    #[serde(default = "beta2")]
    beta2: f32,
    #[serde(default = "epsilon")]
    epsilon: f32,
    #[serde(default = "decay")]
    weight_decay: f32,
}

fn beta1() -> f32 {
    0.9
}

fn beta2() -> f32 {
    0.999
}

fn epsilon() -> f32 {
    1e-8
}

fn decay() -> f32 {
    0.01
}

/// The options of both, and whether the decay is decoupled.
struct Moments {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    weight_decay: f32,
    decoupled: bool,
}

impl Moments {
    fn check(&self) -> Result<()> {
        fraction("beta1", self.beta1)?;
        fraction("beta2", self.beta2)?;
        not_negative("weight_decay", self.weight_decay)?;
        if self.epsilon > 0.0 && self.epsilon.is_finite() {
            return Ok(());
        }
        Err(Error::spec("epsilon", format!("must be a number above 0, got {}", self.epsilon)))
    }

    /// Rate, rate / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ); in f64, because 1 − β₂ is near 0.
    fn hyper(&self, rate: f32, step: u32) -> [f32; 4] {
        let t = f64::from(step) + 1.0;
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(t);
        let first = f64::from(rate) / correction(self.beta1);
        [rate, first as f32, correction(self.beta2).sqrt().recip() as f32, 0.0]
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        let constants = vec![
            ("BETA1", (self.beta1).into()),
            ("BETA2", (self.beta2).into()),
            ("EPSILON", (self.epsilon).into()),
            ("WEIGHT_DECAY", (self.weight_decay).into()),
            ("DECOUPLED", self.decoupled.into()),
        ];
        (&ADAM, constants)
    }

    fn update<T: Real>(&self, hyper: [f32; 4], p: &mut [T], g: &[T], moments: &mut [Vec<T>]) {
        let [beta1, beta2, epsilon, decay] =
            [self.beta1, self.beta2, self.epsilon, self.weight_decay].map(|x| T::of(x.into()));
        let [rate, first, second, _] = hyper.map(|x| T::of(x.into()));
        let one = T::of(1.0);
        let [m, v] = moments else { return };
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            let mut g = g;
            if self.decoupled {
                *p = *p - rate * decay * *p;
            } else {
                g += decay * *p;
            }
            *m = beta1 * *m + (one - beta1) * g;
            *v = beta2 * *v + (one - beta2) * g * g;
            *p = *p - first * *m / (v.sqrt() * second + epsilon);
        }
    }
}

macro_rules! optimizer {
    ($t:ident, $name:literal, $decoupled:literal) => {
        impl $t {
            fn moments_rule(&self) -> Moments {
                let Self { beta1, beta2, epsilon, weight_decay, .. } = *self;
                Moments { beta1, beta2, epsilon, weight_decay, decoupled: $decoupled }
            }
        }

        impl Optimizer for $t {
            fn name(&self) -> &'static str {
                $name
            }

            fn learning_rate(&self) -> f32 {
                self.learning_rate
            }

            fn check(&self) -> Result<()> {
                self.moments_rule().check()
            }

            fn moments(&self) -> usize {
                2
            }

            fn hyper(&self, learning_rate: f32, step: u32) -> [f32; 4] {
                self.moments_rule().hyper(learning_rate, step)
            }

            fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
                self.moments_rule().kernel()
            }
        }

        impl Rule for $t {
            fn update<T: Real>(&self, hyper: [f32; 4], p: &mut [T], g: &[T], moments: &mut [Vec<T>]) {
                self.moments_rule().update(hyper, p, g, moments);
            }
        }
    };
}

optimizer!(Adam, "adam", false);
optimizer!(AdamW, "adamw", true);
