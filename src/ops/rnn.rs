//! `rnn`: the plain recurrent network over all time steps (Elman, 1990), as `torch.nn.RNN`.

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
    RNN as "recurrent/rnn",
    "recurrent/sums",
    "common/weights",
    "recurrent/bias",
    "recurrent/forward",
    "recurrent/rnn"
);
kernel!(RNN_GRAD as "recurrent/rnn_grad", "recurrent/sums", "common/weights", "recurrent/backward", "recurrent/rnn_grad");
kernel!(
    RNN_SUBGROUP as "recurrent/rnn_subgroup",
    "recurrent/columns_subgroup",
    "recurrent/sums_subgroup",
    "common/weights",
    "recurrent/bias_subgroup",
    "recurrent/forward",
    "recurrent/rnn"
);
kernel!(
    RNN_GRAD_SUBGROUP as "recurrent/rnn_grad_subgroup",
    "recurrent/rows_subgroup",
    "recurrent/sums_subgroup",
    "recurrent/backward",
    "recurrent/rnn_grad"
);

const KERNELS: Kernels = Kernels { portable: &RNN, subgroup: &RNN_SUBGROUP, slot: 4 };
const GRAD_KERNELS: Kernels = Kernels { portable: &RNN_GRAD, subgroup: &RNN_GRAD_SUBGROUP, slot: 4 };

/// From h = 0, at each time step: h = f(x + h · w + b), f being tanh or relu.
///
/// Operands: x \[batch, time, units\] (the inputs' part), w \[units, units\], b \[units\], and tokens with padding.
/// Outputs: all h \[batch, time, units\], the last h \[batch, units\].
#[derive(Clone, Debug)]
pub struct Rnn {
    /// How the time loop runs.
    pub time: Loop,
    /// relu instead of tanh.
    pub relu: bool,
}

/// dx from w, all h, and dy, dh, tokens as they are there.
#[derive(Clone, Debug)]
pub struct RnnGrad {
    /// What is given.
    pub way: Backward,
    /// As forward.
    pub relu: bool,
}

impl Op for Rnn {
    fn name(&self) -> &'static str {
        "rnn"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let sizes = self.time.forward(1, inputs)?;
        Ok(vec![sizes.sequence(sizes.units), sizes.state()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let mut grads = vec![None; node.inputs.len()];
        let (y, relu) = (node.outputs[0], self.relu);
        let saved = [node.inputs[1], y];
        let dx = Backward::apply(g, (node, self.time), (dy[0], dy[1]), &saved, |way| RnnGrad { way, relu })?[0];
        let weights = g.apply(RecurrentWeightGrad { reverse: self.time.reverse }, &[y, dx])?;
        grads[..3].copy_from_slice(&[Some(dx), Some(weights[0]), Some(weights[1])]);
        Ok(grads)
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(with_relu(self.relu)(forward_call(&KERNELS, self.time, outputs)))
    }

    fn variants(&self, _: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        forward_variants(&KERNELS, self.time, outputs, target).into_iter().map(with_relu(self.relu)).collect()
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        2 * outputs[0].shape.count() as u64 * outputs[0].shape.last() as u64
    }
}

impl Op for RnnGrad {
    fn name(&self) -> &'static str {
        "rnn_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let sizes = self.way.infer(1, &[1], inputs)?;
        Ok(vec![sizes.sequence(sizes.units)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(with_relu(self.relu)(self.way.call(&GRAD_KERNELS, 1, inputs, outputs)))
    }

    fn variants(&self, inputs: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        let calls = self.way.variants(&GRAD_KERNELS, 1, (inputs, outputs), target);
        calls.into_iter().map(with_relu(self.relu)).collect()
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        2 * inputs[1].shape.count() as u64 * inputs[1].shape.last() as u64
    }
}

/// A call with the cell's own constant.
fn with_relu(relu: bool) -> impl Fn(Call) -> Call {
    move |call| call.with([("RELU", relu.into())])
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for relu in [false, true] {
        for (time, [b, t, h]) in loops() {
            let case = Case::new(Rnn { time, relu }, [&[b, t, h], &[h, h], &[h]]);
            cases.push(with_tokens(case, time, [b, t, h]));
        }
        let backward = |(way, sizes)| backward_case(way, RnnGrad { way, relu }, 1, &[1], sizes);
        cases.extend(backwards().into_iter().map(backward));
    }
    cases
}
