//! `gelu`: y = x · Φ(x), Φ the standard normal distribution function (Hendrycks and Gimpel, 2016).

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(GELU, "pointwise/gelu");

/// y = x · Φ(x). Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Gelu {
    /// Φ by tanh, as in GPT-2 (PyTorch: `approximate="tanh"`), not by erf.
    pub tanh: bool,
}

/// dx from dy and x.
#[derive(Clone, Debug)]
pub struct GeluGrad {
    /// As forward.
    pub tanh: bool,
}

impl Op for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(GeluGrad { tanh: self.tanh }, &[dy, node.inputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&GELU, 1, if self.tanh { "gelu_tanh({0})" } else { "gelu({0})" }))
    }
}

impl Op for GeluGrad {
    fn name(&self) -> &'static str {
        "gelu_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        let call = if self.tanh { "gelu_tanh_grad({0}, {1})" } else { "gelu_grad({0}, {1})" };
        Lowering::Pointwise(Pointwise::same(&GELU, 2, call))
    }
}

pub(super) fn cases() -> Vec<Case> {
    [false, true]
        .into_iter()
        .flat_map(|tanh| {
            vec![
                Case::new(Gelu { tanh }, [&[1]]),
                Case::new(Gelu { tanh }, [&[7, 13]]),
                Case::new(GeluGrad { tanh }, [&[7, 13], &[7, 13]]),
            ]
        })
        .collect()
}
