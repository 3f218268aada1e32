//! `sinusoidal`: adds the positions of Vaswani et al. (2017).

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(SINUSOIDAL, "pointwise/sinusoidal");

/// y\[b, t, c\] = x\[b, t, c\] + sin(t / 10000^(c / d)) for even c, + cos(t / 10000^((c − 1) / d)) for odd c
/// ("Attention is all you need", 3.5). Shape: \[batch, time, d\] → the same.
#[derive(Clone, Debug)]
pub struct Sinusoidal {
    /// Whether x is one token, at position `step.cursor`.
    pub decode: bool,
}

impl Op for Sinusoidal {
    fn name(&self) -> &'static str {
        "sinusoidal"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        if x.shape.rank() != 3 {
            return Err("expected [batch, time, d]".into());
        }
        Ok(vec![x.clone()])
    }

    fn grad(&self, _: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![dy[0]])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (time, d) = (inputs[0].shape.0[1], inputs[0].shape.last());
        let position = format!("(i / {d}u) % {time}u{}", if self.decode { " + step.cursor" } else { "" });
        let call = format!("sinusoidal({{0}}, {position}, i % {d}u, {d}u)");
        Lowering::Pointwise(Pointwise::same(&SINUSOIDAL, 1, call))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Sinusoidal { decode: false }, [&[1, 1, 1]]),
        Case::new(Sinusoidal { decode: false }, [&[3, 37, 7]]),
        Case::new(Sinusoidal { decode: false }, [&[2, 13, 66]]),
        Case::new(Sinusoidal { decode: true }, [&[1, 1, 12]]),
    ]
}
