//! `multi_head_attention`: every step looks at the steps that matter to it.

use serde::Deserialize;

use super::{Builder, Layer, Padding, dense::Dense};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::{
        Matmul, attention::Attention, attention_step::AttentionStep, attention_weights::AttentionWeights,
        linear::Linear, narrow::Narrow, rotary::Rotary,
    },
    spec::{Count, Init},
};

/// Every step looks at the steps that matter to it; padding is not attended to. With `memory`, at those of another
/// network's output (cross-attention).
///
/// - Formula: y = concat(head₁ … headₙ) · W_out + b_out, headᵢ = softmax(qᵢ kᵢᵀ / √size) vᵢ; q, k, v = x · W_in +
///   b_in
/// - Shape: \[batch, time, d\] → the same; `memory`: \[batch, keys, d\]
/// - Parameters: `in_proj_weight` \[(n_heads + 2 n_kv_heads) size, d\] (rows of q, of k, of v), `in_proj_bias`,
///   `out_proj.weight` \[d, d\], `out_proj.bias`
/// - PyTorch: `torch.nn.MultiheadAttention`
/// - Source: Vaswani et al., Attention is all you need, 2017
/// - Example: `{"type": "multi_head_attention", "n_heads": 4, "causal": true}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiHeadAttention {
    /// Number of heads; it divides d.
    pub n_heads: Count,
    /// Number of heads of keys and values; it divides `n_heads`, which it is by default (Ainslie et al., 2023).
    #[serde(default)]
    pub n_kv_heads: Option<Count>,
    /// Whether a step sees itself and earlier steps only.
    #[serde(default)]
    pub causal: bool,
    /// The network whose output is attended to.
    #[serde(default)]
    pub memory: Option<String>,
    /// Whether queries and keys are rotated by their position (Su et al., 2021).
    #[serde(default)]
    pub rotary: bool,
    /// Dropout of the result.
    #[serde(default)]
    pub dropout: f32,
    /// Whether projections have biases.
    #[serde(default = "yes")]
    pub bias: bool,
    /// How the weights start; biases start at 0.
    #[serde(default)]
    pub init: Init,
}

pub(super) fn yes() -> bool {
    true
}

impl MultiHeadAttention {
    /// Heads of queries, of keys and values, and their size, for steps of `d` numbers.
    fn heads(&self, d: usize) -> Result<(usize, usize, usize)> {
        let heads = self.n_heads.0;
        let kv_heads = self.n_kv_heads.map_or(heads, |n| n.0);
        if !d.is_multiple_of(heads) {
            return Err(Error::spec("n_heads", format!("{heads} heads don't divide the {d} numbers of a step evenly")));
        }
        if !heads.is_multiple_of(kv_heads) {
            let message = format!("{kv_heads} heads of keys and values can't serve {heads} heads evenly");
            return Err(Error::spec("n_kv_heads", message));
        }
        if self.rotary && !(d / heads).is_multiple_of(2) {
            let message = format!("rotates pairs: {} numbers a head must be an even number", d / heads);
            return Err(Error::spec("rotary", message));
        }
        Ok((heads, kv_heads, d / heads))
    }

    /// x · W_in + b_in, of the columns `start` .. `start + length` of `columns`.
    fn project(
        &self,
        b: &mut Builder<'_>,
        x: ValueId,
        columns: usize,
        (start, length): (usize, usize),
    ) -> Result<ValueId> {
        let d = b.graph.shape(x).last();
        let mut weight = b.transposed_parameter("in_proj_weight", [d, columns], self.init)?;
        let part = |axis| Narrow { axis, start, length };
        if length < columns {
            weight = b.graph.apply1(part(1), &[weight])?;
        }
        if !self.bias {
            return b.graph.apply1(Matmul::default(), &[x, weight]);
        }
        let mut bias = b.parameter("in_proj_bias", [columns], Init::Zeros, (d, columns))?;
        if length < columns {
            bias = b.graph.apply1(part(0), &[bias])?;
        }
        b.graph.apply1(Linear, &[x, weight, bias])
    }

    /// Attention to x itself.
    fn own(&self, b: &mut Builder<'_>, x: ValueId, (heads, kv_heads, size): (usize, usize, usize)) -> Result<ValueId> {
        let columns = (heads + 2 * kv_heads) * size;
        let mut qkv = self.project(b, x, columns, (0, columns))?;
        if self.rotary {
            let rotary = Rotary { heads: heads + kv_heads, size, inverse: false, decode: b.decode };
            qkv = b.graph.apply1(rotary, &[qkv])?;
        }
        if b.decode {
            if !self.causal {
                let message = "a sequence can be continued token by token only if attention is causal";
                return Err(Error::spec("causal", message));
            }
            let cache = b.carried([1, b.context, 2 * kv_heads * size]);
            let results = b.graph.apply(AttentionStep { heads, kv_heads }, &[qkv, cache])?;
            b.carry(cache, results[1]);
            return Ok(results[0]);
        }
        let padding = b.padding;
        let op = Attention { heads, kv_heads, cross: false, causal: self.causal, padding: padding.map(|p| p.token) };
        b.graph.apply1(op, &with_tokens(&[qkv], padding))
    }

    /// Attention to the output of the network `memory`.
    fn other(
        &self,
        b: &mut Builder<'_>,
        x: ValueId,
        memory: &str,
        (heads, kv_heads, size): (usize, usize, usize),
    ) -> Result<ValueId> {
        for (field, given) in [("causal", self.causal), ("rotary", self.rotary)] {
            if given {
                return Err(Error::spec(field, "positions of the memory are others: it is for self-attention only"));
            }
        }
        let name = memory;
        let memory = b.memory(name)?;
        let (own, there) = (b.graph.shape(x), b.graph.shape(memory.value));
        if there.rank() != 3 || there.last() != own.last() || there.0[0] != own.0[0] {
            let message = format!("needs [{}, keys, {}], the output of `{name}` is {there}", own.0[0], own.last());
            return Err(Error::spec("memory", message));
        }
        let (queries, keys) = (heads * size, 2 * kv_heads * size);
        let q = self.project(b, x, queries + keys, (0, queries))?;
        let kv = self.project(b, memory.value, queries + keys, (queries, keys))?;
        let padding = memory.padding;
        let op = Attention { heads, kv_heads, cross: true, causal: false, padding: padding.map(|p| p.token) };
        let operands = with_tokens(&[q, kv], padding);
        let results = b.graph.apply(op.clone(), &operands)?;
        if b.alignments {
            let weights = b.graph.apply1(AttentionWeights(op), &[&operands[..], &results[1..]].concat())?;
            b.graph.output(format!("alignment:{}", b.scope), weights);
        }
        Ok(results[0])
    }
}

/// Operands of an attention whose keys may be padding.
fn with_tokens(operands: &[ValueId], padding: Option<Padding>) -> Vec<ValueId> {
    operands.iter().copied().chain(padding.map(|p| p.tokens)).collect()
}

impl Layer for MultiHeadAttention {
    fn name(&self) -> &'static str {
        "multi_head_attention"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        let [_, _, d] = shape.0[..] else {
            return Err(Error::spec("", format!("needs sequences [batch, time, d], its input is {shape}")));
        };
        let heads = self.heads(d)?;
        let y = match &self.memory {
            Some(memory) => self.other(b, x, memory, heads)?,
            None => self.own(b, x, heads)?,
        };
        let y = b.part("out_proj", &Dense::plain(d, self.init, self.bias), y)?;
        b.dropout(y, self.dropout).map_err(|e| rate_of("dropout", e))
    }
}

/// An error of a dropout, told of the field that has its rate.
pub(super) fn rate_of(field: &str, error: Error) -> Error {
    match error {
        Error::Spec { message, .. } => Error::spec(field, message),
        other => other,
    }
}
