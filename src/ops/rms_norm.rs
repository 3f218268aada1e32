//! `rms_norm`: every row to mean square 1, then scaled (Zhang and Sennrich, 2019).

use super::{
    Case, Lowering, Op,
    layer_norm::{by_columns, by_rows, row_type},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
};

kernel!(RMS_NORM, "norm/rms_norm");
kernel!(RMS_NORM_GRAD, "norm/rms_norm_grad");
kernel!(RMS_NORM_WEIGHT_GRAD, "norm/rms_norm_weight_grad");

/// y = x · rstd · weight along the last dimension, rstd = 1 / √(mean of x² + ε) (`torch.nn.RMSNorm`). Inputs:
/// x \[…, n\], weight \[n\]. Outputs: y, and rstd \[…\] for the gradient.
#[derive(Clone, Debug)]
pub struct RmsNorm {
    /// ε
    pub epsilon: f32,
}

/// dx from dy, x, weight, rstd.
#[derive(Clone, Debug)]
pub struct RmsNormGrad;

/// dweight from dy, x, rstd.
#[derive(Clone, Debug)]
pub struct RmsNormWeightGrad;

impl Op for RmsNorm {
    fn name(&self) -> &'static str {
        "rms_norm"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, w] = operands::<2>(inputs)?;
        Ok(vec![x.clone(), row_type(x, &[w])?])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 2]) };
        let (x, w, rstd) = (node.inputs[0], node.inputs[1], node.outputs[1]);
        let dx = g.apply1(RmsNormGrad, &[dy, x, w, rstd])?;
        Ok(vec![Some(dx), Some(g.apply1(RmsNormWeightGrad, &[dy, x, rstd])?)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Kernel(by_rows(&RMS_NORM, 2, 2, &inputs[0]).with([("EPSILON", self.epsilon.into())]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        4 * inputs[0].shape.count() as u64
    }
}

impl Op for RmsNormGrad {
    fn name(&self) -> &'static str {
        "rms_norm_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, x, w, rstd] = operands::<4>(inputs)?;
        if dy != x || *rstd != row_type(x, &[w])? {
            return Err("dy must have the shape of x, rstd a number a row".into());
        }
        Ok(vec![x.clone()])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Kernel(by_rows(&RMS_NORM_GRAD, 4, 1, &inputs[0]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        7 * inputs[0].shape.count() as u64
    }
}

impl Op for RmsNormWeightGrad {
    fn name(&self) -> &'static str {
        "rms_norm_weight_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, x, rstd] = operands::<3>(inputs)?;
        if dy != x || *rstd != row_type(x, &[])? {
            return Err("dy must have the shape of x, rstd a number a row".into());
        }
        Ok(vec![Type::f32([x.shape.last()])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        by_columns(&RMS_NORM_WEIGHT_GRAD, 3, 1, &inputs[0])
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        3 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let op = RmsNorm { epsilon: 1e-5 };
    vec![
        Case::new(op.clone(), [&[1, 1], &[1]]),
        Case::new(op, [&[67, 5], &[5]]),
        Case::new(RmsNorm { epsilon: 0.1 }, [&[2, 3, 131], &[131]]),
        Case::new(RmsNormGrad, [&[67, 5], &[67, 5], &[5], &[67]]),
        Case::new(RmsNormWeightGrad, [&[67, 5], &[67, 5], &[67]]),
        Case::new(RmsNormWeightGrad, [&[2, 3, 131], &[2, 3, 131], &[2, 3]]),
    ]
}
