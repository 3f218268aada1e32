//! `noise`: standard normal numbers, drawn where they are needed.

use super::{Case, Lowering, Op, operands};
use crate::{
    graph::{Shape, Type},
    kernel,
    kernels::{Call, Number, groups_1d},
};

kernel!(NOISE, "latent/noise");

/// Standard normal numbers (Box and Muller, 1958). No operands. They depend on the step's seed and index, the stream
/// and the element only: the same on every device up to rounding.
#[derive(Clone, Debug)]
pub struct Noise {
    /// What is drawn: \[batch, …\].
    pub shape: Shape,
    /// Tells the random sources of a network apart.
    pub stream: u32,
}

impl Op for Noise {
    fn name(&self) -> &'static str {
        "noise"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        operands::<0>(inputs)?;
        Ok(vec![Type::f32(self.shape.clone())])
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        let count = outputs[0].shape.count();
        let constants = [("COUNT", count.into()), ("STREAM", Number::U32(self.stream))];
        Lowering::Kernel(Call::new(&NOISE, 0, 1, groups_1d(count)).with(constants))
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        30 * outputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |shape: &[usize], stream| Case::new(Noise { shape: Shape(shape.to_vec()), stream }, []);
    vec![case(&[1, 1], 0), case(&[67, 131], 3)]
}
