//! `adam` (Kingma and Ba, 2015) and `adamw` (Loshchilov and Hutter, 2019), as in PyTorch.

use serde::Deserialize;

use super::{Prepare, Rule, fraction, positive};
use crate::{
    cpu::Real,
    error::Result,
    kernel,
    kernels::{Kernel, Number},
};

kernel!(ADAM, "optim/adam");

/// m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  p ← p − rate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
/// v̂ = v / (1 − β₂ᵗ). Weight decay is a part of g; `DECOUPLED` (AdamW): p ← p − rate · weight_decay · p before the
/// update, 0.01 unless told otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adam<const DECOUPLED: bool> {
    #[serde(default = "beta1")]
    beta1: f64,
    #[serde(default = "beta2")]
    beta2: f64,
    #[serde(default = "epsilon")]
    epsilon: f32,
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn epsilon() -> f32 {
    1e-8
}

impl<const DECOUPLED: bool> Adam<DECOUPLED> {
    /// β₁, β₂, 1 − β₁ and 1 − β₂: the differences before rounding, as 1 − 0.999 in f32 is off by 1e-5.
    fn shares(&self) -> [f64; 4] {
        [self.beta1, self.beta2, 1.0 - self.beta1, 1.0 - self.beta2]
    }
}

impl<const DECOUPLED: bool> Rule for Adam<DECOUPLED> {
    const NAME: &'static str = if DECOUPLED { "adamw" } else { "adam" };
    const MOMENTS: usize = 2;
    const DECOUPLED: bool = DECOUPLED;
    const WEIGHT_DECAY: f32 = if DECOUPLED { 0.01 } else { 0.0 };

    fn check(&self) -> Result<()> {
        fraction("beta1", self.beta1 as f32)?;
        fraction("beta2", self.beta2 as f32)?;
        positive("epsilon", self.epsilon)
    }

    /// Rate, rate / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ); in f64, because 1 − β₂ is near 0.
    fn hyper(&self, rate: f32, step: u32) -> [f32; 4] {
        let t = f64::from(step) + 1.0;
        let correction = |beta: f64| 1.0 - beta.powf(t);
        let first = f64::from(rate) / correction(self.beta1);
        [rate, first as f32, correction(self.beta2).sqrt().recip() as f32, 0.0]
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        let [decay1, decay2, fresh1, fresh2] = self.shares().map(|share| (share as f32).into());
        let constants = vec![
            ("BETA1", decay1),
            ("BETA2", decay2),
            ("FRESH1", fresh1),
            ("FRESH2", fresh2),
            ("EPSILON", self.epsilon.into()),
        ];
        (&ADAM, constants)
    }

    fn update<T: Real>(&self, hyper: [f32; 4], prepare: Prepare<T>, p: &mut [T], g: &[T], moments: &mut [&mut [T]]) {
        let [beta1, beta2, fresh1, fresh2] = self.shares().map(T::of);
        let [rate, first, second, _] = hyper.map(|x| T::of(x.into()));
        let epsilon = T::of(self.epsilon.into());
        let [m, v] = moments else { return };
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
            let g = prepare.gradient(g, *p);
            *m = beta1 * *m + fresh1 * g;
            *v = beta2 * *v + fresh2 * g * g;
            *p = prepare.shrunk(*p, rate) - first * *m / (v.sqrt() * second + epsilon);
        }
    }
}
