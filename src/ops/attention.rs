//! `attention`: scaled dot-product attention (Vaswani et al., 2017) of several heads, in one kernel; the scores are never
//! stored (Dao et al., 2022, "FlashAttention").

use std::sync::Arc;

use super::{Case, Fill, Lowering, Op};
use crate::{
    error::Result,
    graph::{DType, Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Kernel, Number, Operand, groups_1d},
};

kernel!(ATTENTION, "attention/scores", "attention/attention");
kernel!(ATTENTION_QUERY_GRAD, "attention/scores", "attention/attention_query_grad");
kernel!(ATTENTION_KEY_GRAD, "attention/scores", "attention/attention_key_grad");

/// For each head: y\[t\] = Σₛ p\[t, s\] v\[s\], p\[t\] = softmax over the visible s of q\[t\] · k\[s\] / √size. A query that sees no
/// key gives 0. PyTorch: `scaled_dot_product_attention`.
///
/// Operands: qkv \[batch, time, (heads + 2 kv_heads) size\], the columns of queries, of keys, of values; with `cross`
/// instead q \[batch, time, heads size\] and kv \[batch, keys, 2 kv_heads size\]; with `padding` also the keys' tokens
/// u32 \[batch, keys\]. Results: y \[batch, time, heads size\], and for each row the logarithm of the softmax's denominator
/// \[batch, heads, time\], from which the gradients make p again.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values: each serves `heads / kv_heads` neighbouring queries' (Ainslie et al., 2023, "GQA").
    pub kv_heads: usize,
    /// Whether keys and values come from another sequence.
    pub cross: bool,
    /// Whether query t sees keys 0..=t only.
    pub causal: bool,
    /// Keys whose token is this one are not seen.
    pub padding: Option<u32>,
}

/// d q, and for each row dy · y, which the keys' gradient needs too. Operands: those of [`Attention`], then y, the
/// logarithms, dy. Results: \[batch, time, heads size\] and \[batch, heads, time\].
#[derive(Clone, Debug)]
pub struct AttentionQueryGrad(pub Attention);

/// d kv, or d qkv with d q copied in. Operands: those of [`Attention`], then the logarithms, dy, and
/// [`AttentionQueryGrad`]'s results.
#[derive(Clone, Debug)]
pub struct AttentionKeyGrad(pub Attention);

/// Where the numbers of a head are.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Samples.
    pub batch: usize,
    /// Queries of a sample.
    pub time: usize,
    /// Keys of a sample.
    pub keys: usize,
    /// Numbers of a head.
    pub size: usize,
    /// From a query to the next.
    pub q_row: usize,
    /// From a key to the next.
    pub kv_row: usize,
    /// The first head's key in its row.
    pub k_at: usize,
    /// The first head's value in its row.
    pub v_at: usize,
}

impl Attention {
    /// How many operands it has.
    pub fn operands(&self) -> usize {
        1 + usize::from(self.cross) + usize::from(self.padding.is_some())
    }

    /// Which operand has keys and values.
    pub fn kv(&self) -> usize {
        usize::from(self.cross)
    }

    /// Sizes by the operands.
    ///
    /// # Errors
    /// What was expected.
    pub fn sizes(&self, inputs: &[Type]) -> Result<Sizes, String> {
        let (heads, kv_heads) = (self.heads, self.kv_heads);
        if kv_heads == 0 || !heads.is_multiple_of(kv_heads) || heads == 0 {
            return Err(format!("{heads} heads can't share {kv_heads} heads of keys and values evenly"));
        }
        if inputs.len() < self.operands() {
            return Err(format!("takes {} operands, got {}", self.operands(), inputs.len()));
        }
        let (q, kv) = (&inputs[0].shape.0, &inputs[self.kv()].shape.0);
        let ([batch, time, q_row], [kv_batch, keys, kv_row]) = (&q[..], &kv[..]) else {
            return Err("expected sequences [batch, time, columns]".into());
        };
        let (own, all) = if self.cross { (heads, 2 * kv_heads) } else { (heads + 2 * kv_heads, heads + 2 * kv_heads) };
        let size = q_row / own;
        if batch != kv_batch || size == 0 || *q_row != own * size || *kv_row != all * size {
            return Err(format!("{q_row} columns of queries and {kv_row} of keys and values don't make {heads} heads"));
        }
        if let Some(tokens) = self.padding.map(|_| &inputs[self.operands() - 1])
            && (tokens.dtype != DType::U32 || tokens.shape.0 != [*batch, *keys])
        {
            return Err(format!("padding needs the tokens of [{batch}, {keys}] keys, got {tokens}"));
        }
        let k_at = if self.cross { 0 } else { heads * size };
        let v_at = k_at + kv_heads * size;
        let (batch, time, keys, q_row, kv_row) = (*batch, *time, *keys, *q_row, *kv_row);
        Ok(Sizes { batch, time, keys, size, q_row, kv_row, k_at, v_at })
    }

    /// One of the kernels; `others` follow queries, keys and tokens.
    pub(super) fn call(
        &self,
        kernel: &'static Kernel,
        inputs: &[Type],
        others: &[Operand],
        invocations: impl Fn(&Sizes) -> usize,
    ) -> Lowering {
        // Where nothing is padded, the kernel's tokens are bound to anything.
        let tokens = if self.padding.is_some() { self.operands() - 1 } else { 0 };
        let mut call = Call::new(kernel, 0, 0, [1, 1, 1]);
        call.operands = [&[Operand::In(0), Operand::In(self.kv()), Operand::In(tokens)], others].concat();
        if let Ok(sizes) = self.sizes(inputs) {
            call.groups = groups_1d(invocations(&sizes));
            call.constants = self.constants(&sizes);
        }
        Lowering::Kernel(call)
    }

    fn constants(&self, sizes: &Sizes) -> Vec<(&'static str, Number)> {
        let scale = (1.0 / (sizes.size as f64).sqrt()) as f32;
        vec![
            ("BATCH", sizes.batch.into()),
            ("TIME", sizes.time.into()),
            ("KEYS", sizes.keys.into()),
            ("HEADS", self.heads.into()),
            ("GROUP", (self.heads / self.kv_heads).into()),
            ("SIZE", sizes.size.into()),
            ("Q_ROW", sizes.q_row.into()),
            ("KV_ROW", sizes.kv_row.into()),
            ("K_AT", sizes.k_at.into()),
            ("V_AT", sizes.v_at.into()),
            ("CAUSAL", self.causal.into()),
            ("PADDED", self.padding.is_some().into()),
            ("PADDING", Number::U32(self.padding.unwrap_or(0))),
            ("SCALE", scale.into()),
        ]
    }

    /// Multiplications and additions of one product of all queries with all keys.
    fn product(&self, inputs: &[Type]) -> u64 {
        let sizes = self.sizes(inputs);
        sizes.map_or(0, |s| 2 * (s.batch * self.heads) as u64 * (s.time * s.size) as u64 * s.keys as u64)
    }

    /// Types of d q's or y's and of a number for each row.
    fn rows(&self, sizes: &Sizes) -> Vec<Type> {
        let Sizes { batch, time, size, .. } = *sizes;
        vec![Type::f32([batch, time, self.heads * size]), Type::f32([batch, self.heads, time])]
    }
}

impl Op for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        super::count(inputs, self.operands())?;
        Ok(self.rows(&self.sizes(inputs)?))
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; self.operands()]) };
        let (y, log_sum) = (node.outputs[0], node.outputs[1]);
        let with = |others: &[ValueId]| [&node.inputs[..], others].concat();
        let query = g.apply(AttentionQueryGrad(self.clone()), &with(&[y, log_sum, dy]))?;
        let key = g.apply1(AttentionKeyGrad(self.clone()), &with(&[log_sum, dy, query[0], query[1]]))?;
        let mut gradients = if self.cross { vec![Some(query[0]), Some(key)] } else { vec![Some(key)] };
        gradients.resize(self.operands(), None);
        Ok(gradients)
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let results = [Operand::Out(0), Operand::Out(1)];
        self.call(&ATTENTION, inputs, &results, |s| s.batch * self.heads * s.time.div_ceil(4))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        2 * self.product(inputs)
    }
}

impl Op for AttentionQueryGrad {
    fn name(&self) -> &'static str {
        "attention_query_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let first = self.0.operands();
        super::count(inputs, first + 3)?;
        let rows = self.0.rows(&self.0.sizes(inputs)?);
        if inputs[first..] != [rows[0].clone(), rows[1].clone(), rows[0].clone()] {
            return Err(format!("expected y {}, logarithms {} and dy", rows[0], rows[1]));
        }
        Ok(rows)
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let first = self.0.operands();
        let others = [0, 1, 2].map(|i| Operand::In(first + i));
        let others = [&others[..], &[Operand::Out(0), Operand::Out(1)]].concat();
        self.0.call(&ATTENTION_QUERY_GRAD, inputs, &others, |s| s.batch * self.0.heads * s.time.div_ceil(4))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        3 * self.0.product(inputs)
    }
}

impl Op for AttentionKeyGrad {
    fn name(&self) -> &'static str {
        "attention_key_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let first = self.0.operands();
        super::count(inputs, first + 4)?;
        let rows = self.0.rows(&self.0.sizes(inputs)?);
        if inputs[first..] != [rows[1].clone(), rows[0].clone(), rows[0].clone(), rows[1].clone()] {
            return Err(format!("expected logarithms {}, dy {}, d q and dy · y", rows[1], rows[0]));
        }
        Ok(vec![inputs[self.0.kv()].clone()])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let first = self.0.operands();
        let others = [0, 1, 2, 3].map(|i| Operand::In(first + i));
        let others = [&others[..], &[Operand::Out(0)]].concat();
        self.0.call(&ATTENTION_KEY_GRAD, inputs, &others, |s| s.batch * self.0.kv_heads * s.keys.div_ceil(4))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        4 * self.0.product(inputs)
    }
}

/// Attentions with operands of odd sizes.
pub(super) fn examples() -> Vec<(Attention, Case)> {
    let op = |heads, kv_heads, causal| Attention { heads, kv_heads, causal, cross: false, padding: None };
    let cross = |op: Attention| Attention { cross: true, ..op };
    let padded = |op: Attention| Attention { padding: Some(1), ..op };
    let example = |op: Attention, shapes: &[&[usize]]| {
        let mut case = Case::new(op.clone(), []);
        case.inputs = shapes.iter().map(|s| (Type::f32(Shape(s.to_vec())), Fill::Normal)).collect();
        if op.padding.is_some() {
            let keys = &shapes[op.kv()][..2];
            case = case.labels(keys, 2); // half of them are padding, and some queries see no key
        }
        (op, case)
    };
    vec![
        example(op(1, 1, false), &[&[1, 1, 3]]),
        example(op(3, 3, true), &[&[2, 7, 45]]),
        example(op(4, 2, true), &[&[1, 67, 64]]),
        example(op(6, 1, false), &[&[3, 5, 24]]),
        example(cross(op(2, 2, false)), &[&[2, 5, 14], &[2, 11, 28]]),
        example(padded(op(2, 2, true)), &[&[5, 3, 18]]),
        example(cross(padded(op(4, 2, false))), &[&[3, 5, 20], &[3, 7, 20]]),
    ]
}

/// An example of another op that takes the attention's operands and these of its results and their gradients.
pub(super) fn continued(op: impl Op + 'static, (attention, case): &(Attention, Case), results: &[usize]) -> Case {
    let types: Vec<Type> = case.inputs.iter().map(|(ty, _)| ty.clone()).collect();
    let rows =
        attention.sizes(&types).map(|s| attention.rows(&s)).unwrap_or_else(|e| panic!("a test case is wrong: {e}"));
    let mut case = Case { op: Arc::new(op), ..case.clone() };
    case.inputs.extend(results.iter().map(|&i| (rows[i].clone(), Fill::Normal)));
    case
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for example in examples() {
        cases.push(continued(AttentionQueryGrad(example.0.clone()), &example, &[0, 1, 0]));
        cases.push(continued(AttentionKeyGrad(example.0.clone()), &example, &[1, 0, 0, 1]));
        cases.push(example.1);
    }
    cases
}
