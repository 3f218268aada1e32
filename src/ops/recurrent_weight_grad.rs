//! `recurrent_weight_grad`: gradients of the weight and bias of `lstm`, `gru` and `rnn`.

use super::{Case, Lowering, Op, operands};
use crate::{
    graph::Type,
    kernel,
    kernels::{Call, Number, Target, tile_groups},
};

kernel!(RECURRENT_WEIGHT_GRAD, "recurrent/recurrent_weight_grad");
kernel!(RECURRENT_WEIGHT_GRAD_SUBGROUP, "recurrent/recurrent_weight_grad_subgroup");

/// dw\[k, n\] = Σ h\[b, t − 1, k\] · da\[b, t, n\] over all samples b and steps t, the state before the first step being 0,
/// and db\[n\] = Σ da\[b, t, n\]. Shapes: h \[batch, time, k\], da \[batch, time, n\] → \[k, n\], \[n\].
#[derive(Clone, Debug)]
pub struct RecurrentWeightGrad {
    /// The step before t is t + 1.
    pub reverse: bool,
}

impl RecurrentWeightGrad {
    fn sizes(&self, inputs: &[Type]) -> [(&'static str, usize); 4] {
        let [batch, time] = [0, 1].map(|dimension| inputs[0].shape.0[dimension]);
        [("BATCH", batch), ("TIME", time), ("K", inputs[0].shape.last()), ("N", inputs[1].shape.last())]
    }
}

impl Op for RecurrentWeightGrad {
    fn name(&self) -> &'static str {
        "recurrent_weight_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [h, da] = operands::<2>(inputs)?;
        if h.shape.rank() != 3 || da.shape.rank() != 3 || h.shape.0[..2] != da.shape.0[..2] {
            return Err("expected [batch, time, k] and [batch, time, n]".into());
        }
        let (k, n) = (h.shape.last(), da.shape.last());
        Ok(vec![Type::f32([k, n]), Type::f32([n])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (k, n) = (inputs[0].shape.last(), inputs[1].shape.last());
        let lanes = n.div_ceil(8).next_power_of_two().clamp(4, 16);
        let groups = tile_groups((n, 8 * lanes), (k, 8 * (64 / lanes)), 1);
        let constants = self.sizes(inputs).into_iter().chain([("LANES", lanes)]);
        Lowering::Kernel(
            Call::new(&RECURRENT_WEIGHT_GRAD, 2, 2, groups)
                .with(constants.map(|(name, size)| (name, Number::from(size))))
                .with([("REVERSE", self.reverse.into())]),
        )
    }

    fn variants(&self, inputs: &[Type], _: &[Type], target: &Target) -> Vec<Call> {
        let (k, n) = (inputs[0].shape.last(), inputs[1].shape.last());
        let multiples = k.is_multiple_of(4) && n.is_multiple_of(4);
        let Some(lanes) = target.lanes(n / 4, k, target.fours(k, n / 4)).filter(|_| multiples) else {
            return Vec::new();
        };
        let groups = tile_groups((n, 4 * lanes.across), (k, 4 * lanes.fours * lanes.down), 1);
        let layout = [("ACROSS", lanes.across), ("DOWN", lanes.down), ("FOURS", lanes.fours)];
        let constants = self.sizes(inputs).into_iter().chain(layout);
        vec![
            Call::new(&RECURRENT_WEIGHT_GRAD_SUBGROUP, 2, 2, groups)
                .with(constants.map(|(name, size)| (name, Number::from(size))))
                .with([("REVERSE", self.reverse.into())]),
        ]
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        2 * inputs[0].shape.count() as u64 * inputs[1].shape.last() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |reverse, [b, t, k, n]: [usize; 4]| Case::new(RecurrentWeightGrad { reverse }, [&[b, t, k], &[b, t, n]]);
    let sizes = [[1, 1, 1, 1], [3, 1, 5, 7], [2, 7, 67, 13], [3, 5, 11, 131], [3, 5, 12, 68], [5, 3, 68, 36]];
    sizes.into_iter().flat_map(|sizes| [case(false, sizes), case(true, sizes)]).collect()
}
