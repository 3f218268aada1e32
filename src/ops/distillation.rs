//! `distillation`: how far a student's distribution is from its teacher's, with the gradient in the same pass.

use super::{
    Case, Lowering, Op,
    loss::{lanes, scaled},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Call,
};

kernel!(DISTILLATION, "loss/distillation");

/// T² · KL(softmax(teacher / T) ‖ softmax(student / T)) (Hinton, Vinyals and Dean, 2015). Inputs: the student's
/// and the teacher's logits, \[batch, …, classes\] both; the teacher gets no gradient. Outputs: the mean over the rows
/// of the first `step.rows` samples \[1\], and d loss / d student. As `torch.nn.KLDivLoss(reduction="batchmean")` of the
/// log-softmax and softmax, times T².
#[derive(Clone, Debug)]
pub struct Distillation {
    /// T, above 0: how much the small probabilities tell.
    pub temperature: f32,
}

impl Op for Distillation {
    fn name(&self) -> &'static str {
        "distillation"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [student, teacher] = operands::<2>(inputs)?;
        if student != teacher || student.shape.rank() < 2 {
            return Err("the student's and the teacher's logits must both be [batch, ..., classes]".into());
        }
        if !(self.temperature > 0.0 && self.temperature.is_finite()) {
            return Err(format!("temperature must be a number above 0, got {}", self.temperature));
        }
        Ok(vec![Type::f32([1]), student.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[1], dy[0])?, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let x = &inputs[0].shape;
        let constants = [
            ("ROWS", x.rows().into()),
            ("CLASSES", x.last().into()),
            ("BATCH", x.0[0].into()),
            lanes(x.count()),
            ("TEMPERATURE", self.temperature.into()),
        ];
        Lowering::Kernel(Call::new(&DISTILLATION, 2, 2, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        16 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |temperature, shape: &[usize]| Case::new(Distillation { temperature }, [shape, shape]);
    // At a high temperature the divergence is small, 0.06, but the difference of logarithms about 5, which are rounded
    // to 2e-7 each: 1e-5 of it at worst.
    let hot = case(4.0, &[67, 131]).within(3e-5);
    vec![case(1.0, &[1, 1]), case(2.0, &[67, 10]), case(0.5, &[3, 5, 13]), hot]
}
