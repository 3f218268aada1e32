//! `adagrad` (Duchi, Hazan and Singer, 2011), as `torch.optim.Adagrad`.

use serde::Deserialize;

use super::{Prepare, Rule, positive};
use crate::{
    cpu::Real,
    error::Result,
    kernel,
    kernels::{Kernel, Number},
};

kernel!(ADAGRAD, "optim/adagrad");

/// s ← s + g²;  p ← p − rate · g / (√s + ε).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adagrad {
    #[serde(default = "epsilon")]
    epsilon: f32,
}

fn epsilon() -> f32 {
    1e-10
}

impl Rule for Adagrad {
    const NAME: &'static str = "adagrad";
    const MOMENTS: usize = 1;

    fn check(&self) -> Result<()> {
        positive("epsilon", self.epsilon)
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        (&ADAGRAD, vec![("EPSILON", self.epsilon.into())])
    }

    fn update<T: Real>(&self, hyper: [f32; 4], prepare: Prepare<T>, p: &mut [T], g: &[T], moments: &mut [&mut [T]]) {
        let [rate, epsilon] = [hyper[0], self.epsilon].map(|x| T::of(x.into()));
        let [sums] = moments else { return };
        for ((p, &g), sum) in p.iter_mut().zip(g).zip(sums.iter_mut()) {
            let g = prepare.gradient(g, *p);
            *sum += g * g;
            *p = *p - rate * g / (sum.sqrt() + epsilon);
        }
    }
}
