//! `layer_norm`: every row to mean 0 and variance 1, then scaled and shifted (Ba, Kiros and Hinton, 2016).

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Kernel, Number, groups_1d, tile_groups},
};

kernel!(LAYER_NORM, "norm/layer_norm");
kernel!(LAYER_NORM_GRAD, "norm/layer_norm_grad");
kernel!(LAYER_NORM_WEIGHT_GRAD, "norm/layer_norm_weight_grad");

/// y = (x − mean) · rstd · weight + bias along the last dimension, rstd = 1 / √(variance + ε), the variance being
/// the mean of squares (`torch.nn.functional.layer_norm`). Inputs: x \[…, n\], weight \[n\], bias \[n\]. Outputs:
/// y, and mean and rstd \[…\] for the gradient.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// ε
    pub epsilon: f32,
}

/// dx from dy, x, weight, mean, rstd.
#[derive(Clone, Debug)]
pub struct LayerNormGrad;

/// dweight and dbias from dy, x, mean, rstd.
#[derive(Clone, Debug)]
pub struct LayerNormWeightGrad;

/// The type of a number for each row of x, when x has rows and `weights` have a number for each column.
pub(super) fn row_type(x: &Type, weights: &[&Type]) -> Result<Type, String> {
    let Some((&columns, rows)) = x.shape.0.split_last().filter(|(_, rows)| !rows.is_empty()) else {
        return Err("expected [..., n]".into());
    };
    if weights.iter().any(|w| w.shape != Shape::from([columns])) {
        return Err(format!("weight and bias must have shape [{columns}]"));
    }
    Ok(Type::f32(Shape(rows.to_vec())))
}

fn sizes(x: &Type) -> [(&'static str, Number); 2] {
    [("ROWS", x.shape.rows().into()), ("COLUMNS", x.shape.last().into())]
}

/// A kernel with an invocation for each row of x.
pub(super) fn by_rows(kernel: &'static Kernel, inputs: usize, outputs: usize, x: &Type) -> Call {
    Call::new(kernel, inputs, outputs, groups_1d(x.shape.rows())).with(sizes(x))
}

/// A kernel with a workgroup for every four columns of x.
pub(super) fn by_columns(kernel: &'static Kernel, inputs: usize, outputs: usize, x: &Type) -> Lowering {
    let groups = tile_groups((x.shape.last(), 4), (1, 1), 1);
    Lowering::Kernel(Call::new(kernel, inputs, outputs, groups).with(sizes(x)))
}

impl Op for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, w, b] = operands::<3>(inputs)?;
        let row = row_type(x, &[w, b])?;
        Ok(vec![x.clone(), row.clone(), row])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 3]) };
        let (x, w, mean, rstd) = (node.inputs[0], node.inputs[1], node.outputs[1], node.outputs[2]);
        let dx = g.apply1(LayerNormGrad, &[dy, x, w, mean, rstd])?;
        let weights = g.apply(LayerNormWeightGrad, &[dy, x, mean, rstd])?;
        Ok(vec![Some(dx), Some(weights[0]), Some(weights[1])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Kernel(by_rows(&LAYER_NORM, 3, 3, &inputs[0]).with([("EPSILON", self.epsilon.into())]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        8 * inputs[0].shape.count() as u64
    }
}

impl Op for LayerNormGrad {
    fn name(&self) -> &'static str {
        "layer_norm_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, x, w, mean, rstd] = operands::<5>(inputs)?;
        let row = row_type(x, &[w])?;
        if dy != x || [mean, rstd].into_iter().any(|ty| *ty != row) {
            return Err("dy must have the shape of x, mean and rstd a number a row".into());
        }
        Ok(vec![x.clone()])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Kernel(by_rows(&LAYER_NORM_GRAD, 5, 1, &inputs[0]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        11 * inputs[0].shape.count() as u64
    }
}

impl Op for LayerNormWeightGrad {
    fn name(&self) -> &'static str {
        "layer_norm_weight_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, x, mean, rstd] = operands::<4>(inputs)?;
        let row = row_type(x, &[])?;
        if dy != x || [mean, rstd].into_iter().any(|ty| *ty != row) {
            return Err("dy must have the shape of x, mean and rstd a number a row".into());
        }
        let weight = Type::f32([x.shape.last()]);
        Ok(vec![weight.clone(), weight])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        by_columns(&LAYER_NORM_WEIGHT_GRAD, 4, 2, &inputs[0])
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        5 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let op = LayerNorm { epsilon: 1e-5 };
    vec![
        Case::new(op.clone(), [&[1, 1], &[1], &[1]]),
        Case::new(op.clone(), [&[67, 5], &[5], &[5]]),
        Case::new(LayerNorm { epsilon: 0.1 }, [&[2, 3, 131], &[131], &[131]]),
        Case::new(LayerNormGrad, [&[67, 5], &[67, 5], &[5], &[67], &[67]]),
        Case::new(LayerNormWeightGrad, [&[67, 5], &[67, 5], &[67], &[67]]),
        Case::new(LayerNormWeightGrad, [&[2, 3, 131], &[2, 3, 131], &[2, 3], &[2, 3]]),
    ]
}
