//! `rmsprop` (Tieleman and Hinton, 2012), as `torch.optim.RMSprop`.

use serde::Deserialize;

use super::{Prepare, Rule, fraction, positive};
use crate::{
    cpu::Real,
    error::Result,
    kernel,
    kernels::{Kernel, Number},
};

kernel!(RMSPROP, "optim/rmsprop");

/// v ← αv + (1 − α)g²;  m ← momentum · m + g / (√v + ε);  p ← p − rate · m.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsProp {
    #[serde(default = "alpha")]
    alpha: f32,
    #[serde(default = "epsilon")]
    epsilon: f32,
    #[serde(default)]
    momentum: f32,
}

fn alpha() -> f32 {
    0.99
}

fn epsilon() -> f32 {
    1e-8
}

impl Rule for RmsProp {
    const NAME: &'static str = "rmsprop";
    const MOMENTS: usize = 2;

    fn check(&self) -> Result<()> {
        fraction("alpha", self.alpha)?;
        fraction("momentum", self.momentum)?;
        positive("epsilon", self.epsilon)
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        let constants =
            vec![("ALPHA", self.alpha.into()), ("EPSILON", self.epsilon.into()), ("MOMENTUM", self.momentum.into())];
        (&RMSPROP, constants)
    }

    fn update<T: Real>(&self, hyper: [f32; 4], prepare: Prepare<T>, p: &mut [T], g: &[T], moments: &mut [&mut [T]]) {
        let [rate, alpha, epsilon, momentum] =
            [hyper[0], self.alpha, self.epsilon, self.momentum].map(|x| T::of(x.into()));
        let one = T::of(1.0);
        let [v, m] = moments else { return };
        for (((p, &g), v), m) in p.iter_mut().zip(g).zip(v.iter_mut()).zip(m.iter_mut()) {
            let g = prepare.gradient(g, *p);
            *v = alpha * *v + (one - alpha) * g * g;
            *m = momentum * *m + g / (v.sqrt() + epsilon);
            *p = *p - rate * *m;
        }
    }
}
