//! `batch_norm`: every channel to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy,
//! 2015), as `torch.nn.BatchNorm1d` and `BatchNorm2d`.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Index, Kernel, Pointwise},
};

kernel!(BATCH_NORM, "norm/batch_norm");
kernel!(BATCH_NORM_GRAD, "norm/batch_norm_grad");
kernel!(BATCH_NORM_EVAL, "pointwise/batch_norm_eval");

/// While training. Inputs: x \[batch, channels, …\], weight and bias \[channels\]. Outputs: y = (x − mean) · rstd ·
/// weight + bias; and, \[channels\] each, the mean over batch and pixels, the unbiased variance (for the running
/// statistics) and rstd = 1 / √(biased variance + ε). Only the first `step.rows` samples are measured. The variance
/// of a single number counts as 0.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    /// ε
    pub epsilon: f32,
}

/// With running statistics: y = (x − mean) / √(variance + ε) · weight + bias.
/// Inputs: x \[batch, channels, …\], weight, bias, mean, variance \[channels\].
#[derive(Clone, Debug)]
pub struct BatchNormEval {
    /// ε
    pub epsilon: f32,
}

/// dx, dweight and dbias of both, from dy, x, weight, mean and rstd, or the running variance.
#[derive(Clone, Debug)]
pub struct BatchNormGrad {
    /// ε if the statistics are running ones: constants then, and the last operand is the variance.
    pub running: Option<f32>,
}

/// Batch, channels, pixels of \[batch, channels, …\].
pub fn sizes(x: &Type) -> Result<[usize; 3], String> {
    match &x.shape.0[..] {
        [batch, channels, pixels @ ..] => Ok([*batch, *channels, pixels.iter().product()]),
        _ => Err("expected [batch, channels, ...]".into()),
    }
}

/// The type of a number for each channel of x, when `others` have it.
fn channel_type(x: &Type, others: &[&Type]) -> Result<Type, String> {
    let [_, channels, _] = sizes(x)?;
    if others.iter().any(|ty| ty.shape != Shape::from([channels])) {
        return Err(format!("weight, bias and statistics must have shape [{channels}]"));
    }
    Ok(Type::f32([channels]))
}

/// A kernel with a workgroup for each channel.
pub(super) fn by_channels(kernel: &'static Kernel, inputs: usize, outputs: usize, x: &Type) -> Call {
    let [batch, channels, inner] = sizes(x).unwrap_or([1; 3]);
    let across = inner.next_power_of_two().min(64);
    let all = [("BATCH", batch), ("CHANNELS", channels), ("INNER", inner), ("ACROSS", across)];
    Call::new(kernel, inputs, outputs, [channels as u32, 1, 1]).with(all.map(|(name, n)| (name, n.into())))
}

impl Op for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, w, b] = operands::<3>(inputs)?;
        let channel = channel_type(x, &[w, b])?;
        Ok(vec![x.clone(), channel.clone(), channel.clone(), channel])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 3]) };
        let (x, w, mean, rstd) = (node.inputs[0], node.inputs[1], node.outputs[1], node.outputs[3]);
        let all = g.apply(BatchNormGrad { running: None }, &[dy, x, w, mean, rstd])?;
        Ok(all.into_iter().map(Some).collect())
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        Lowering::Kernel(by_channels(&BATCH_NORM, 3, 4, &inputs[0]).with([("EPSILON", self.epsilon.into())]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        7 * inputs[0].shape.count() as u64
    }
}

impl Op for BatchNormEval {
    fn name(&self) -> &'static str {
        "batch_norm_eval"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, others @ ..] = operands::<5>(inputs)?;
        channel_type(x, &others.iter().collect::<Vec<_>>())?;
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 5]) };
        let [x, w, _, mean, variance] = node.inputs[..] else { return Ok(vec![None; 5]) };
        let all = g.apply(BatchNormGrad { running: Some(self.epsilon) }, &[dy, x, w, mean, variance])?;
        Ok(vec![Some(all[0]), Some(all[1]), Some(all[2]), None, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let [_, channels, inner] = sizes(&inputs[0]).unwrap_or([1; 3]);
        let call = format!("batch_norm_eval({{0}}, {{1}}, {{2}}, {{3}}, {{4}}, {:?})", self.epsilon);
        let mut operands = vec![Index::Channel { inner, channels }; 5];
        operands[0] = Index::Same;
        Lowering::Pointwise(Pointwise { kernel: &BATCH_NORM_EVAL, call, operands })
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        4 * inputs[0].shape.count() as u64
    }
}

impl Op for BatchNormGrad {
    fn name(&self) -> &'static str {
        "batch_norm_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, x, w, mean, spread] = operands::<5>(inputs)?;
        if dy != x {
            return Err("dy must have the shape of x".into());
        }
        let channel = channel_type(x, &[w, mean, spread])?;
        Ok(vec![x.clone(), channel.clone(), channel])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (epsilon, measured) = (self.running.unwrap_or_default(), self.running.is_none());
        let constants = [("EPSILON", epsilon.into()), ("MEASURED", measured.into())];
        Lowering::Kernel(by_channels(&BATCH_NORM_GRAD, 5, 3, &inputs[0]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        10 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let op = BatchNorm { epsilon: 1e-5 };
    // Large, since the variances of a case are normal numbers.
    let (epsilon, running) = (10.0, Some(10.0));
    let shapes: [&[usize]; 4] = [&[7, 1], &[67, 5], &[3, 5, 7, 11], &[2, 3, 9, 13]];
    let mut cases = vec![Case::new(BatchNorm { epsilon: 0.1 }, [&[1, 3], &[3], &[3]])];
    for x in shapes {
        let c = &x[1..2];
        cases.push(Case::new(op.clone(), [x, c, c]));
        cases.push(Case::new(BatchNormEval { epsilon }, [x, c, c, c, c]));
        cases.push(Case::new(BatchNormGrad { running: None }, [x, x, c, c, c]));
        cases.push(Case::new(BatchNormGrad { running }, [x, x, c, c, c]));
    }
    cases
}
