//! `sgd`: gradient descent with momentum (Polyak, 1964) and L2 weight decay, as `torch.optim.SGD`.

use serde::Deserialize;

use super::{Optimizer, Rule, fraction, not_negative};
use crate::{
    cpu::Real,
    error::Result,
    kernel,
    kernels::{Kernel, Number},
};

kernel!(SGD, "optim/sgd");

/// g ← g + weight_decay · p;  m ← momentum · m + g;  p ← p − learning_rate · m.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sgd {
    learning_rate: f32,
    #[serde(default)]
    momentum: f32,
    #[serde(default)]
    weight_decay: f32,
}

impl Optimizer for Sgd {
    fn name(&self) -> &'static str {
        "sgd"
    }

    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn check(&self) -> Result<()> {
        fraction("momentum", self.momentum)?;
        not_negative("weight_decay", self.weight_decay)
    }

    fn moments(&self) -> usize {
        1
    }

    fn hyper(&self, learning_rate: f32, _: u32) -> [f32; 4] {
        [learning_rate, 0.0, 0.0, 0.0]
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        (&SGD, vec![("MOMENTUM", self.momentum.into()), ("WEIGHT_DECAY", self.weight_decay.into())])
    }
}

impl Rule for Sgd {
    fn update<T: Real>(&self, hyper: [f32; 4], p: &mut [T], g: &[T], moments: &mut [Vec<T>]) {
        let [rate, momentum, decay] = [hyper[0], self.momentum, self.weight_decay].map(|x| T::of(x.into()));
        for ((p, &g), m) in p.iter_mut().zip(g).zip(&mut moments[0]) {
            *m = momentum * *m + g + decay * *p;
            *p = *p - rate * *m;
        }
    }
}
