//! `lstm`: long short-term memory over all time steps (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers
//! et al., 2000), as `torch.nn.LSTM`.

use super::{
    Case, Lowering, Op,
    recurrent::{
        Backward, Kernels, Loop, backward_case, backwards, forward_call, forward_variants, loops, with_tokens,
    },
    recurrent_weight_grad::RecurrentWeightGrad,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::{Call, Target},
};

kernel!(
    LSTM as "recurrent/lstm",
    "recurrent/sums",
    "common/weights",
    "recurrent/bias",
    "recurrent/forward",
    "recurrent/lstm"
);
kernel!(
    LSTM_GRAD as "recurrent/lstm_grad",
    "recurrent/sums",
    "common/weights",
    "recurrent/backward",
    "recurrent/lstm_saved",
    "recurrent/lstm_grad"
);
kernel!(
    LSTM_SUBGROUP as "recurrent/lstm_subgroup",
    "recurrent/gates_subgroup",
    "recurrent/sums_subgroup",
    "recurrent/bias_subgroup",
    "recurrent/forward",
    "recurrent/lstm"
);
kernel!(
    LSTM_GRAD_SUBGROUP as "recurrent/lstm_grad_subgroup",
    "recurrent/rows_subgroup",
    "recurrent/sums_subgroup",
    "recurrent/backward",
    "recurrent/lstm_saved_subgroup",
    "recurrent/lstm_grad"
);

const KERNELS: Kernels = Kernels { portable: &LSTM, subgroup: &LSTM_SUBGROUP, slot: 1 };
const GRAD_KERNELS: Kernels = Kernels { portable: &LSTM_GRAD, subgroup: &LSTM_GRAD_SUBGROUP, slot: 4 };

/// From state (h, c) = 0, at each time step, with a = x + h · w + b in four parts for the gates i, f, g, o:
/// c = σ(f) ⊙ c + σ(i) ⊙ tanh(g), h = σ(o) ⊙ tanh(c).
///
/// Operands: x \[batch, time, 4 · units\] (the inputs' part of the gates), w \[units, 4 · units\], b \[4 · units\], and
/// tokens with padding. Outputs: all h \[batch, time, units\], the last h \[batch, units\], and for the gradient the
/// activated gates \[batch, time, 4 · units\] and all c \[batch, time, units\].
#[derive(Clone, Debug)]
pub struct Lstm {
    /// How the time loop runs.
    pub time: Loop,
}

/// dx from w, activated gates, all c, and dy, dh, tokens as they are there.
#[derive(Clone, Debug)]
pub struct LstmGrad {
    /// What is given.
    pub way: Backward,
}

impl Op for Lstm {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let sizes = self.time.forward(4, inputs)?;
        let (y, gates) = (sizes.sequence(sizes.units), sizes.sequence(4 * sizes.units));
        Ok(vec![y.clone(), sizes.state(), gates, y])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let mut grads = vec![None; node.inputs.len()];
        let [y, _, gates, cells] = node.outputs[..] else { return Ok(grads) };
        let saved = [node.inputs[1], gates, cells];
        let dx = Backward::apply(g, (node, self.time), (dy[0], dy[1]), &saved, |way| LstmGrad { way })?[0];
        let weights = g.apply(RecurrentWeightGrad { reverse: self.time.reverse }, &[y, dx])?;
        grads[..3].copy_from_slice(&[Some(dx), Some(weights[0]), Some(weights[1])]);
        Ok(grads)
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(forward_call(&KERNELS, self.time, outputs))
    }

    fn variants(&self, _: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        forward_variants(&KERNELS, self.time, outputs, target)
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        8 * outputs[0].shape.count() as u64 * outputs[0].shape.last() as u64
    }
}

impl Op for LstmGrad {
    fn name(&self) -> &'static str {
        "lstm_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let sizes = self.way.infer(4, &[4, 1], inputs)?;
        Ok(vec![sizes.sequence(4 * sizes.units)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(self.way.call(&GRAD_KERNELS, 4, inputs, outputs))
    }

    fn variants(&self, inputs: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        self.way.variants(&GRAD_KERNELS, 4, (inputs, outputs), target)
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        8 * inputs[2].shape.count() as u64 * inputs[2].shape.last() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let forward = |(time, [b, t, h]): (Loop, [usize; 3])| {
        with_tokens(Case::new(Lstm { time }, [&[b, t, 4 * h], &[h, 4 * h], &[4 * h]]), time, [b, t, h])
    };
    let backward = |(way, sizes)| backward_case(way, LstmGrad { way }, 4, &[4, 1], sizes);
    // More than a workgroup shares at once.
    let many = [1, 2, 521];
    let way = Backward { time: Loop::default(), sequence: true, last: false };
    let mut cases = vec![forward((way.time, many)), backward((way, many))];
    cases.extend(loops().into_iter().map(forward));
    cases.extend(backwards().into_iter().map(backward));
    cases
}
