//! `gru`: gated recurrent unit over all time steps (Cho et al., 2014), as `torch.nn.GRU`.

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

kernel!(GRU as "recurrent/gru", "recurrent/sums", "recurrent/bias", "recurrent/forward", "recurrent/gru");
kernel!(GRU_GRAD as "recurrent/gru_grad", "recurrent/sums", "common/weights", "recurrent/backward", "recurrent/gru_grad");
kernel!(
    GRU_SUBGROUP as "recurrent/gru_subgroup",
    "recurrent/columns_subgroup",
    "recurrent/sums_subgroup",
    "recurrent/bias_subgroup",
    "recurrent/forward",
    "recurrent/gru"
);
kernel!(
    GRU_GRAD_SUBGROUP as "recurrent/gru_grad_subgroup",
    "recurrent/rows_subgroup",
    "recurrent/sums_subgroup",
    "recurrent/backward",
    "recurrent/gru_grad"
);

const KERNELS: Kernels = Kernels { portable: &GRU, subgroup: &GRU_SUBGROUP, slot: 1 };
const GRAD_KERNELS: Kernels = Kernels { portable: &GRU_GRAD, subgroup: &GRU_GRAD_SUBGROUP, slot: 4 };

/// From h = 0, at each time step, with x and a = h · w + b in three parts for r, z, n:
/// r = σ(xᵣ + aᵣ), z = σ(x_z + a_z), n = tanh(xₙ + r ⊙ aₙ), h = (1 − z) ⊙ n + z ⊙ h.
///
/// Operands: x \[batch, time, 3 · units\] (the inputs' part of the gates), w \[units, 3 · units\], b \[3 · units\], and
/// tokens with padding. Outputs: all h \[batch, time, units\], the last h \[batch, units\], and for the gradient r, z, n
/// and aₙ \[batch, time, 4 · units\].
#[derive(Clone, Debug)]
pub struct Gru {
    /// How the time loop runs.
    pub time: Loop,
}

/// dx and da from w, all h, what forward saved of the gates, and dy, dh, tokens as they are there.
#[derive(Clone, Debug)]
pub struct GruGrad {
    /// What is given.
    pub way: Backward,
}

impl Op for Gru {
    fn name(&self) -> &'static str {
        "gru"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let sizes = self.time.forward(3, inputs)?;
        Ok(vec![sizes.sequence(sizes.units), sizes.state(), sizes.sequence(4 * sizes.units)])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let mut grads = vec![None; node.inputs.len()];
        let [y, _, gates] = node.outputs[..] else { return Ok(grads) };
        let saved = [node.inputs[1], y, gates];
        let d = Backward::apply(g, (node, self.time), (dy[0], dy[1]), &saved, |way| GruGrad { way })?;
        let weights = g.apply(RecurrentWeightGrad { reverse: self.time.reverse }, &[y, d[1]])?;
        grads[..3].copy_from_slice(&[Some(d[0]), Some(weights[0]), Some(weights[1])]);
        Ok(grads)
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(forward_call(&KERNELS, self.time, outputs))
    }

    fn variants(&self, _: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        forward_variants(&KERNELS, self.time, outputs, target)
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        6 * outputs[0].shape.count() as u64 * outputs[0].shape.last() as u64
    }
}

impl Op for GruGrad {
    fn name(&self) -> &'static str {
        "gru_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let sizes = self.way.infer(3, &[1, 4], inputs)?;
        Ok(vec![sizes.sequence(3 * sizes.units); 2])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(self.way.call(&GRAD_KERNELS, 3, inputs, outputs))
    }

    fn variants(&self, inputs: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        self.way.variants(&GRAD_KERNELS, 3, (inputs, outputs), target)
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        6 * inputs[1].shape.count() as u64 * inputs[1].shape.last() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let forward = |(time, [b, t, h]): (Loop, [usize; 3])| {
        with_tokens(Case::new(Gru { time }, [&[b, t, 3 * h], &[h, 3 * h], &[3 * h]]), time, [b, t, h])
    };
    let backward = |(way, sizes)| backward_case(way, GruGrad { way }, 3, &[1, 4], sizes);
    // More than a workgroup shares at once.
    let many = [1, 2, 521];
    let way = Backward { time: Loop::default(), sequence: true, last: false };
    let mut cases = vec![forward((way.time, many)), backward((way, many))];
    cases.extend(loops().into_iter().map(forward));
    cases.extend(backwards().into_iter().map(backward));
    cases
}
