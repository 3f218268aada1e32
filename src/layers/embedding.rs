//! `embedding`: tokens become vectors.

use serde::Deserialize;

use super::{Builder, Layer, Padding};
use crate::{
    error::{Error, Result},
    graph::{DType, ValueId},
    ops::embedding::Embedding as EmbeddingOp,
    spec::{Count, Init},
};

/// Tokens become vectors.
///
/// - Formula: y\[…\] = weight\[token\]
/// - Shape: tokens \[batch, time\] → \[batch, time, size\]
/// - Parameters: `weight` \[vocabulary, size\]
/// - PyTorch: `torch.nn.Embedding`
/// - Source: Bengio et al., A neural probabilistic language model, 2003
/// - Example: `{"type": "embedding", "vocabulary": 29, "size": 64}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// Number of different tokens.
    pub vocabulary: Count,
    /// Numbers a token.
    pub size: Count,
    /// The token that fills up sequences: its row is not trained (PyTorch: `padding_idx`), and the layers that
    /// follow leave it out (attention, recurrence).
    #[serde(default)]
    pub padding: Option<u32>,
    /// How the table starts.
    #[serde(default = "normal")]
    pub init: Init,
}

fn normal() -> Init {
    Init::Normal
}

impl Layer for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn build(&self, b: &mut Builder<'_>, x: ValueId) -> Result<ValueId> {
        let ty = b.graph.ty(x);
        if ty.dtype != DType::U32 {
            return Err(Error::spec("", format!("needs tokens (whole numbers), its input is {ty}")));
        }
        let (vocabulary, size) = (self.vocabulary.0, self.size.0);
        if let Some(tokens) = b.tokens.filter(|&tokens| tokens > vocabulary) {
            let message = format!("has {vocabulary} tokens, the data has {tokens}");
            return Err(Error::spec("vocabulary", message));
        }
        if let Some(token) = self.padding {
            if token as usize >= vocabulary {
                let message = format!("is {token}, but the vocabulary has {vocabulary} tokens, counted from 0");
                return Err(Error::spec("padding", message));
            }
            b.padding = Some(Padding { tokens: x, token });
        }
        let table = b.parameter("weight", [vocabulary, size], self.init, (vocabulary, size))?;
        b.graph.apply1(EmbeddingOp { padding: self.padding }, &[table, x])
    }
}
