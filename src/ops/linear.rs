//! `linear`: y = x · w + b, the dense layer's op.

use super::{Case, Lowering, Matmul, Op, add, matmul, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Number, Operand, Target, tile_groups},
};

kernel!(LINEAR_WEIGHT_GRAD, "matmul/linear_weight_grad");
kernel!(LINEAR_WEIGHT_GRAD_SUBGROUP, "matmul/subgroup", "matmul/linear_weight_grad_subgroup");
kernel!(LINEAR_WEIGHT_GRAD_TILED, "matmul/tiled", "matmul/linear_weight_grad_tiled");
kernel!(LINEAR_WEIGHT_GRAD_SPLIT, "matmul/split", "matmul/linear_weight_grad_split");

static GRAD_VARIANTS: matmul::Variants = matmul::Variants {
    subgroup: &LINEAR_WEIGHT_GRAD_SUBGROUP,
    tiled: &LINEAR_WEIGHT_GRAD_TILED,
    split: &LINEAR_WEIGHT_GRAD_SPLIT,
};

/// y\[…, n\] = Σₖ x\[…, k\] · w\[k, n\] + b\[n\].
#[derive(Clone, Debug)]
pub struct Linear;

/// dw\[k, n\] = Σ x\[…, k\] · dy\[…, n\] and db\[n\] = Σ dy\[…, n\], from x and dy.
#[derive(Clone, Debug)]
pub struct LinearWeightGrad;

fn sizes(x: &Type, w_or_dy: &Type) -> (usize, usize, usize) {
    (x.shape.rows(), x.shape.last(), w_or_dy.shape.last())
}

impl Op for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, w, b] = operands::<3>(inputs)?;
        if x.shape.rank() < 2 || w.shape.rank() != 2 || x.shape.last() != w.shape.0[0] {
            return Err("expected [..., k], [k, n] and [n]".into());
        }
        if b.shape != Shape::from([w.shape.0[1]]) {
            return Err(format!("the bias must have shape [{}]", w.shape.0[1]));
        }
        let mut shape = x.shape.0.clone();
        shape.pop();
        shape.push(w.shape.0[1]);
        Ok(vec![Type::f32(Shape(shape))])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 3]) };
        let (x, w) = (node.inputs[0], node.inputs[1]);
        let dx = g.apply1(Matmul { transpose_a: false, transpose_b: true }, &[dy, w])?;
        let weights = g.apply(LinearWeightGrad, &[x, dy])?;
        Ok(vec![Some(dx), Some(weights[0]), Some(weights[1])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (m, k, n) = sizes(&inputs[0], &inputs[1]);
        let mut call = matmul::call((m, k, n), false, false);
        call.ending = Some((add::bias(1, n), vec![2]));
        Lowering::Kernel(call)
    }

    fn variants(&self, inputs: &[Type], _: &[Type], target: &Target) -> Vec<Call> {
        let sizes @ (_, _, n) = sizes(&inputs[0], &inputs[1]);
        let mut calls = matmul::VARIANTS.calls(sizes, (false, false), target);
        calls.iter_mut().for_each(|call| call.ending = Some((add::bias(1, n), vec![2])));
        calls
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        let (m, k, n) = sizes(&inputs[0], &inputs[1]);
        2 * (m * k) as u64 * n as u64 // usize has 32 bits in a browser
    }
}

impl Op for LinearWeightGrad {
    fn name(&self) -> &'static str {
        "linear_weight_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, dy] = operands::<2>(inputs)?;
        if x.shape.rows() != dy.shape.rows() {
            return Err(format!("{} and {} rows must be equal", x.shape.rows(), dy.shape.rows()));
        }
        let (_, k, n) = sizes(x, dy);
        Ok(vec![Type::f32([k, n]), Type::f32([n])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (m, k, n) = sizes(&inputs[0], &inputs[1]);
        let lanes = matmul::lanes(n);
        let groups = tile_groups((n, 4 * lanes), (k, 256 / lanes), 1);
        let constants = [("M", m), ("N", n), ("K", k), ("LANES", lanes)];
        Lowering::Kernel(
            Call::new(&LINEAR_WEIGHT_GRAD, 2, 2, groups).with(constants.map(|(name, size)| (name, Number::from(size)))),
        )
    }

    fn variants(&self, inputs: &[Type], _: &[Type], target: &Target) -> Vec<Call> {
        let (m, k, n) = sizes(&inputs[0], &inputs[1]);
        let mut calls = GRAD_VARIANTS.calls((k, m, n), (true, false), target);
        calls.iter_mut().for_each(|call| call.operands.push(Operand::Out(1)));
        calls
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        let (m, k, n) = sizes(&inputs[0], &inputs[1]);
        2 * (m * k) as u64 * n as u64 // usize has 32 bits in a browser
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Linear, [&[1, 1], &[1, 1], &[1]]),
        Case::new(Linear, [&[5, 67], &[67, 13], &[13]]),
        Case::new(Linear, [&[3, 7, 11], &[11, 131], &[131]]),
        Case::new(LinearWeightGrad, [&[1, 1], &[1, 1]]),
        Case::new(LinearWeightGrad, [&[5, 67], &[5, 13]]),
        Case::new(LinearWeightGrad, [&[3, 7, 11], &[3, 7, 131]]),
        Case::new(Linear, [&[9, 20], &[20, 100], &[100]]),
        Case::new(LinearWeightGrad, [&[2, 14, 36], &[2, 14, 68]]),
        Case::new(LinearWeightGrad, [&[12, 20], &[12, 132]]),
        Case::new(LinearWeightGrad, [&[4, 4], &[4, 12]]),
        // More than a block of workgroup memory, and long sums of few numbers.
        Case::new(Linear, [&[66, 37], &[37, 67], &[67]]),
        Case::new(Linear, [&[2, 5, 129], &[129, 11], &[11]]),
        Case::new(LinearWeightGrad, [&[19, 67], &[19, 70]]),
        Case::new(LinearWeightGrad, [&[5, 29, 7], &[5, 29, 37]]),
        Case::new(LinearWeightGrad, [&[131, 17], &[131, 3]]),
    ]
}
