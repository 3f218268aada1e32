//! `leaky_relu`: y = x where x > 0, slope · x elsewhere (Maas et al., 2013).

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(LEAKY_RELU, "pointwise/leaky_relu");

/// y = x where x > 0, slope · x elsewhere. Shape: any → the same.
#[derive(Clone, Debug)]
pub struct LeakyRelu {
    /// Not negative, so that y has the sign of x.
    pub slope: f32,
}

/// dx from dy and **y**, so that x need not be kept.
#[derive(Clone, Debug)]
pub struct LeakyReluGrad {
    /// As forward.
    pub slope: f32,
}

impl Op for LeakyRelu {
    fn name(&self) -> &'static str {
        "leaky_relu"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(LeakyReluGrad { slope: self.slope }, &[dy, node.outputs[0]])?)])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&LEAKY_RELU, 1, format!("leaky_relu({{0}}, {:?})", self.slope)))
    }
}

impl Op for LeakyReluGrad {
    fn name(&self) -> &'static str {
        "leaky_relu_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&LEAKY_RELU, 2, format!("leaky_relu_grad({{0}}, {{1}}, {:?})", self.slope)))
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(LeakyRelu { slope: 0.01 }, [&[7, 13]]),
        Case::new(LeakyRelu { slope: 0.2 }, [&[1]]),
        Case::new(LeakyReluGrad { slope: 0.01 }, [&[7, 13], &[7, 13]]),
    ]
}
