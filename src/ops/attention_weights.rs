//! `attention_weights`: which keys each query attends to, to look at.

use super::{
    Case, Lowering, Op,
    attention::{Attention, continued, examples},
};
use crate::{error::Result, graph::Type, kernel, kernels::Operand};

kernel!(ATTENTION_WEIGHTS, "attention/scores", "attention/attention_weights");

/// The attention's probabilities, averaged over its heads. Operands: those of [`Attention`], then the logarithms that
/// it made. Result: \[batch, time, keys\].
#[derive(Clone, Debug)]
pub struct AttentionWeights(pub Attention);

impl Op for AttentionWeights {
    fn name(&self) -> &'static str {
        "attention_weights"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let first = self.0.operands();
        super::count(inputs, first + 1)?;
        let sizes = self.0.sizes(inputs)?;
        if inputs[first] != Type::f32([sizes.batch, self.0.heads, sizes.time]) {
            return Err("expected the logarithms [batch, heads, time]".into());
        }
        Ok(vec![Type::f32([sizes.batch, sizes.time, sizes.keys])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let others = [Operand::In(self.0.operands()), Operand::Out(0)];
        self.0.call(&ATTENTION_WEIGHTS, inputs, &others, |s| s.batch * s.time * s.keys)
    }

    fn flops(&self, inputs: &[Type], outputs: &[Type]) -> u64 {
        let size = self.0.sizes(inputs).map_or(0, |s| s.size);
        2 * (self.0.heads * size) as u64 * outputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    examples().iter().map(|e| continued(AttentionWeights(e.0.clone()), e, &[1])).collect()
}
