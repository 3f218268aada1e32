//! `softmax` over the last dimension.

use super::{Case, Lowering, Op, operands, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::{Call, Kernel, groups_1d},
};

kernel!(SOFTMAX, "norm/softmax");
kernel!(SOFTMAX_GRAD, "norm/softmax_grad");

/// y = exp(x − max) / Σ exp(x − max) along the last dimension. Shape: any → the same.
#[derive(Clone, Debug)]
pub struct Softmax;

/// dx from dy and **y**.
#[derive(Clone, Debug)]
pub struct SoftmaxGrad;

fn call(kernel: &'static Kernel, inputs: usize, y: &Type) -> Lowering {
    let constants = [("ROWS", y.shape.rows().into()), ("COLUMNS", y.shape.last().into())];
    Lowering::Kernel(Call::new(kernel, inputs, 1, groups_1d(y.shape.rows())).with(constants))
}

impl Op for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        Ok(vec![Some(g.apply1(SoftmaxGrad, &[dy, node.outputs[0]])?)])
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        call(&SOFTMAX, 1, &outputs[0])
    }
}

impl Op for SoftmaxGrad {
    fn name(&self) -> &'static str {
        "softmax_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        call(&SOFTMAX_GRAD, 2, &outputs[0])
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Softmax, [&[1, 1]]),
        Case::new(Softmax, [&[67, 10]]),
        Case::new(Softmax, [&[2, 3, 131]]),
        Case::new(SoftmaxGrad, [&[67, 10], &[67, 10]]),
    ]
}
