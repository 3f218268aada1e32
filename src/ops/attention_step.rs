//! `attention_step`: causal self-attention of one more token, with the keys and values of those before it.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::Type,
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(ATTENTION_STEP, "attention/attention_step");

/// Operands: qkv \[1, 1, (heads + 2 kv_heads) size\] of the token at `step.cursor`, and a cache
/// \[1, length, 2 kv_heads size\] whose rows before the cursor are the earlier tokens' keys and values. Results: y
/// \[1, 1, heads size\] as [`super::attention::Attention`] gives for that row, and the cache with the token in it.
/// Beyond the cache, its last row is written again.
#[derive(Clone, Debug)]
pub struct AttentionStep {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values.
    pub kv_heads: usize,
}

impl AttentionStep {
    /// Numbers of a head.
    pub fn size(&self, qkv: &Type) -> usize {
        qkv.shape.last() / (self.heads + 2 * self.kv_heads)
    }
}

impl Op for AttentionStep {
    fn name(&self) -> &'static str {
        "attention_step"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [qkv, cache] = operands::<2>(inputs)?;
        let (heads, kv_heads) = (self.heads, self.kv_heads);
        if kv_heads == 0 || heads == 0 || !heads.is_multiple_of(kv_heads) {
            return Err(format!("{heads} heads can't share {kv_heads} heads of keys and values evenly"));
        }
        let size = self.size(qkv);
        let columns = (heads + 2 * kv_heads) * size;
        match (&qkv.shape.0[..], &cache.shape.0[..]) {
            ([1, 1, q], [1, _, kv]) if *q == columns && *kv == 2 * kv_heads * size => {
                Ok(vec![Type::f32([1, 1, heads * size]), cache.clone()])
            }
            _ => Err(format!("expected one token, [1, 1, columns of {heads} heads], and [1, length, keys and values]")),
        }
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (qkv, cache) = (&inputs[0], &inputs[1].shape);
        let constants = [
            ("LENGTH", cache.0[1].into()),
            ("HEADS", self.heads.into()),
            ("GROUP", (self.heads / self.kv_heads.max(1)).into()),
            ("SIZE", self.size(qkv).into()),
            ("SCALE", ((1.0 / (self.size(qkv) as f64).sqrt()) as f32).into()),
        ];
        let invocations = cache.count().max(self.heads);
        Lowering::Kernel(Call::new(&ATTENTION_STEP, 2, 2, groups_1d(invocations)).with(constants))
    }

    fn flops(&self, inputs: &[Type], outputs: &[Type]) -> u64 {
        4 * (inputs[1].shape.0[1] * outputs[0].shape.last()) as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let op = |heads, kv_heads| AttentionStep { heads, kv_heads };
    vec![
        Case::new(op(1, 1), [&[1, 1, 3], &[1, 1, 2]]),
        Case::new(op(3, 3), [&[1, 1, 45], &[1, 7, 30]]),
        Case::new(op(4, 2), [&[1, 1, 56], &[1, 37, 28]]),
    ]
}
