//! `embedding`: the rows of a table that tokens name.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{DType, Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(EMBEDDING, "sequence/embedding");
kernel!(EMBEDDING_GRAD, "sequence/embedding_grad");

/// y\[…, d\] = table\[token, d\]. Inputs: table \[vocabulary, d\], tokens u32 \[batch, …\]; a token beyond the
/// vocabulary counts as its last. PyTorch: `torch.nn.functional.embedding`.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// The token whose row gets no gradient (PyTorch: `padding_idx`).
    pub padding: Option<u32>,
}

/// d table: the sum of the rows of dy at the places of each token. Inputs: dy \[batch, …, d\], tokens u32 \[batch, …\].
#[derive(Clone, Debug)]
pub struct EmbeddingGrad {
    /// Rows of the table.
    pub vocabulary: usize,
    /// The token whose row gets no gradient.
    pub padding: Option<u32>,
}

impl Op for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [table, tokens] = operands::<2>(inputs)?;
        if table.shape.rank() != 2 || tokens.dtype != DType::U32 || tokens.shape.rank() == 0 {
            return Err("expected a table [vocabulary, d] and tokens [batch, ...]".into());
        }
        let mut shape = tokens.shape.clone();
        shape.0.push(table.shape.last());
        Ok(vec![Type::f32(shape)])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None, None]) };
        let (table, tokens) = (node.inputs[0], node.inputs[1]);
        let op = EmbeddingGrad { vocabulary: g.shape(table).0[0], padding: self.padding };
        Ok(vec![Some(g.apply1(op, &[dy, tokens])?), None])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let (table, elements) = (&inputs[0].shape, outputs[0].shape.count());
        let constants =
            [("COUNT", elements.into()), ("VOCABULARY", table.0[0].into()), ("COLUMNS", table.last().into())];
        Lowering::Kernel(Call::new(&EMBEDDING, 2, 1, groups_1d(elements)).with(constants))
    }
}

impl Op for EmbeddingGrad {
    fn name(&self) -> &'static str {
        "embedding_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, tokens] = operands::<2>(inputs)?;
        if dy.shape.0.split_last().is_none_or(|(_, rows)| rows != tokens.shape.0) {
            return Err("expected [batch, ..., d] and tokens [batch, ...]".into());
        }
        Ok(vec![Type::f32([self.vocabulary, dy.shape.last()])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let columns = inputs[0].shape.last();
        let lanes = columns.div_ceil(4);
        // No padding: a number that no row has.
        let padding = self.padding.map_or(self.vocabulary, |token| token as usize);
        let constants = [
            ("TOKENS", inputs[1].shape.count()),
            ("VOCABULARY", self.vocabulary),
            ("COLUMNS", columns),
            ("LANES", lanes),
            ("PADDING", padding),
        ];
        let call = Call::new(&EMBEDDING_GRAD, 2, 1, groups_1d(self.vocabulary * lanes));
        Lowering::Kernel(call.with(constants.map(|(name, n)| (name, n.into()))))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let forward = |padding, table: [usize; 2], tokens: &[usize]| {
        Case::new(Embedding { padding }, [&table]).labels(tokens, table[0] as u32)
    };
    let backward = |padding, vocabulary: usize, d: usize, tokens: &[usize]| {
        let dy = Shape([tokens, &[d]].concat());
        Case::new(EmbeddingGrad { vocabulary, padding }, [&dy.0]).labels(tokens, vocabulary as u32)
    };
    vec![
        forward(None, [1, 1], &[1]),
        forward(None, [67, 13], &[3, 5]),
        forward(None, [5, 131], &[3, 7]),
        backward(None, 1, 1, &[1]),
        backward(None, 67, 13, &[3, 5]),
        backward(Some(2), 5, 131, &[3, 7]),
    ]
}
