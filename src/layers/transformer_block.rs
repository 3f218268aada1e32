//! `transformer_block`: attention and a multi-layer perceptron, each around a residual connection.

use serde::Deserialize;

use super::{
    Activation, Builder, Layer, LayerNorm, RmsNorm,
    dense::Dense,
    multi_head_attention::{MultiHeadAttention, rate_of, yes},
};
use crate::{
    error::{Error, Result},
    graph::ValueId,
    ops::add::Add,
    spec::{Count, Init},
};

/// Attention and a multi-layer perceptron, each around a residual connection; with `memory`, cross-attention between
/// the two. Dropout is where PyTorch has it, but for the attention's probabilities.
///
/// - Formula: x ← x + attention(norm1(x)), x ← x + linear2(activation(linear1(norm2(x)))); with `"norm": "post"` x ←
///   norm1(x + attention(x)) and so on
/// - Shape: \[batch, time, d\] → the same
/// - Parameters: those of `self_attn` ([`MultiHeadAttention`]), `linear1`, `linear2`, `norm1`, `norm2`; with `memory`
///   also `multihead_attn` and `norm3` (the perceptron's)
/// - PyTorch: `torch.nn.TransformerEncoderLayer`; with `memory` `torch.nn.TransformerDecoderLayer`
/// - Source: Vaswani et al., 2017; norm before: Xiong et al., 2020
/// - Example: `{"type": "transformer_block", "n_heads": 4, "causal": true, "dropout": 0.1}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerBlock {
    /// Number of heads; it divides d.
    pub n_heads: Count,
    /// Number of heads of keys and values, by default `n_heads`.
    #[serde(default)]
    pub n_kv_heads: Option<Count>,
    /// Units of the perceptron's hidden layer, by default 4 d.
    #[serde(default)]
    pub mlp: Option<Count>,
    /// The perceptron's activation.
    #[serde(default = "gelu")]
    pub activation: Activation,
    /// Whether what enters a sub-layer is normalised, or the sum behind it.
    #[serde(default)]
    pub norm: Place,
    /// How it is normalised.
    #[serde(default)]
    pub normalization: Normalization,
    /// Whether a step sees itself and earlier steps only.
    #[serde(default)]
    pub causal: bool,
    /// Whether queries and keys of self-attention are rotated by their position.
    #[serde(default)]
    pub rotary: bool,
    /// Dropout of sub-layers and of the hidden layer.
    #[serde(default)]
    pub dropout: f32,
    /// The network whose output is attended to as well.
    #[serde(default)]
    pub memory: Option<String>,
    /// Whether there are biases.
    #[serde(default = "yes")]
    pub bias: bool,
    /// How the weights start; biases start at 0.
    #[serde(default)]
    pub init: Init,
}

fn gelu() -> Activation {
    Activation::Gelu
}

/// Where a block normalises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Before each sub-layer, as GPT-2.
    #[default]
    Pre,
    /// Behind each sum, as the first transformer.
    Post,
}

/// How a block normalises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// [`LayerNorm`]
    #[default]
    LayerNorm,
    /// [`RmsNorm`]
    RmsNorm,
}

impl TransformerBlock {
    fn attention(&self, memory: Option<&String>) -> MultiHeadAttention {
        MultiHeadAttention {
            n_heads: self.n_heads,
            n_kv_heads: self.n_kv_heads,
            causal: self.causal && memory.is_none(),
            memory: memory.cloned(),
            rotary: self.rotary && memory.is_none(),
            dropout: self.dropout,
            bias: self.bias,
            init: self.init,
        }
    }

    fn perceptron(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let d = b.graph.shape(x).last();
        let hidden = self.mlp.map_or_else(|| d.saturating_mul(4), |n| n.0);
        let y = b.part("linear1", &Dense::plain(hidden, self.init, self.bias), x)?;
        let y = self.activation.build(b, y)?;
        let y = b.dropout(y, self.dropout).map_err(|e| rate_of("dropout", e))?;
        let y = b.part("linear2", &Dense::plain(d, self.init, self.bias), y)?;
        b.dropout(y, self.dropout).map_err(|e| rate_of("dropout", e))
    }

    fn normalized(&self, b: &mut Builder<'_>, name: &str, x: ValueId) -> Result<ValueId> {
        match self.normalization {
            Normalization::LayerNorm => b.part(name, &LayerNorm { bias: self.bias, ..LayerNorm::default() }, x),
            Normalization::RmsNorm => b.part(name, &RmsNorm::default(), x),
        }
    }

    /// A sub-layer with its norm and its residual connection.
    fn around(
        &self,
        b: &mut Builder<'_>,
        norm: &str,
        x: ValueId,
        sub_layer: impl FnOnce(&mut Builder<'_>, ValueId) -> Result<ValueId>,
    ) -> Result<ValueId> {
        let inner = if self.norm == Place::Pre { self.normalized(b, norm, x)? } else { x };
        let y = sub_layer(b, inner)?;
        let y = b.graph.apply1(Add, &[y, x])?;
        if self.norm == Place::Post { self.normalized(b, norm, y) } else { Ok(y) }
    }
}

impl Layer for TransformerBlock {
    fn name(&self) -> &'static str {
        "transformer_block"
    }

    fn build(&self, b: &mut Builder<'_>, mut x: ValueId) -> Result<ValueId> {
        let shape = b.graph.shape(x);
        if shape.rank() != 3 {
            return Err(Error::spec("", format!("needs sequences [batch, time, d], its input is {shape}")));
        }
        x = self.around(b, "norm1", x, |b, x| b.part("self_attn", &self.attention(None), x))?;
        if self.memory.is_some() {
            let attention = self.attention(self.memory.as_ref());
            x = self.around(b, "norm2", x, |b, x| b.part("multihead_attn", &attention, x))?;
        }
        let norm = if self.memory.is_some() { "norm3" } else { "norm2" };
        self.around(b, norm, x, |b, x| self.perceptron(b, x))
    }
}

#[cfg(test)]
#[path = "transformer_block_tests.rs"]
mod tests;
