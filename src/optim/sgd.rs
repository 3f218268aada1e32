//! `sgd`: gradient descent with momentum (Polyak, 1964; Nesterov, 1983), as `torch.optim.SGD`.

use serde::Deserialize;

use super::{Prepare, Rule, fraction};
use crate::{
    cpu::Real,
    error::{Error, Result},
    kernel,
    kernels::{Kernel, Number},
};

kernel!(SGD, "optim/sgd");

/// m ← momentum · m + g;  p ← p − rate · m, or p − rate · (g + momentum · m) with `nesterov`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sgd {
    #[serde(default)]
    momentum: f32,
    #[serde(default)]
    nesterov: bool,
}

impl Rule for Sgd {
    const NAME: &'static str = "sgd";
    const MOMENTS: usize = 1;

    fn check(&self) -> Result<()> {
        fraction("momentum", self.momentum)?;
        if self.nesterov && self.momentum == 0.0 {
            return Err(Error::spec("nesterov", "needs a momentum above 0"));
        }
        Ok(())
    }

    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        (&SGD, vec![("MOMENTUM", self.momentum.into()), ("NESTEROV", self.nesterov.into())])
    }

    fn update<T: Real>(&self, hyper: [f32; 4], prepare: Prepare<T>, p: &mut [T], g: &[T], moments: &mut [&mut [T]]) {
        let [rate, momentum] = [hyper[0], self.momentum].map(|x| T::of(x.into()));
        let [m] = moments else { return };
        for ((p, &g), m) in p.iter_mut().zip(g).zip(m.iter_mut()) {
            let g = prepare.gradient(g, *p);
            *m = momentum * *m + g;
            *p = *p - rate * if self.nesterov { g + momentum * *m } else { *m };
        }
    }
}
