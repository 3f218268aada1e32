//! `lion`: evolved sign momentum (Chen et al., 2023, "Symbolic Discovery of Optimization Algorithms", program 1).

use serde::Deserialize;

use super::{Prepare, Rule, common::sign, fraction};
use crate::{
    cpu::Real,
    error::Result,
    kernel,
    kernels::{Kernel, Number},
};

kernel!(LION, "optim/lion");

/// p ← p − rate · (sign(β₁m + (1 − β₁)g) + weight_decay · p);  m ← β₂m + (1 − β₂)g. Every step is as large as the rate: a
/// third to a tenth of Adam's suits it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lion {
    #[serde(default = "beta1")]
    beta1: f32,
    #[serde(default = "beta2")]
    beta2: f32,
}

fn beta1() -> f32 {
    0.9
}

fn beta2() -> f32 {
    0.99
}

impl Rule for Lion {
    const NAME: &'static str = "lion";
    const MOMENTS: usize = 1;
    const DECOUPLED: bool = true;

    fn check(&self) -> Result<()> {
        fraction("beta1", self.beta1)?;
        fraction("beta2", self.beta2)
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        (&LION, vec![("BETA1", self.beta1.into()), ("BETA2", self.beta2.into())])
    }

    fn update<T: Real>(&self, hyper: [f32; 4], prepare: Prepare<T>, p: &mut [T], g: &[T], moments: &mut [&mut [T]]) {
        let [rate, beta1, beta2] = [hyper[0], self.beta1, self.beta2].map(|x| T::of(x.into()));
        let one = T::of(1.0);
        let [m] = moments else { return };
        for ((p, &g), m) in p.iter_mut().zip(g).zip(m.iter_mut()) {
            let g = prepare.gradient(g, *p);
            let direction = sign(beta1 * *m + (one - beta1) * g);
            *m = beta2 * *m + (one - beta2) * g;
            *p = prepare.shrunk(*p, rate) - rate * direction;
        }
    }
}
