//! `cross_entropy`: softmax and negative log-likelihood of the label, with the gradient in the same pass.

use super::{
    Case, Lowering, Op,
    loss::{lanes, scaled},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Number},
};

kernel!(CROSS_ENTROPY, "loss/cross_entropy");

/// Inputs: logits \[batch, …, classes\], labels \[batch, …\]. Outputs: the mean loss \[1\], the number of rows
/// whose largest logit is the label's \[1\], the number of rows that count \[1\], and d loss / d logits, which
/// costs nothing more here. Only the first `step.rows` samples of the batch count; where no row does, the loss is 0.
/// As `torch.nn.CrossEntropyLoss`.
#[derive(Clone, Debug, Default)]
pub struct CrossEntropy {
    /// Rows with this label don't count: padding.
    pub ignore: Option<u32>,
    /// The share of the target that all classes get alike, in [0, 1) (Szegedy et al., 2016).
    pub smoothing: f32,
}

impl Op for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [logits, labels] = operands::<2>(inputs)?;
        let rows = &logits.shape.0[..logits.shape.rank().saturating_sub(1)];
        if labels.shape != Shape(rows.to_vec()) || rows.is_empty() {
            return Err("expected [batch, ..., classes] and [batch, ...]".into());
        }
        if !(0.0..1.0).contains(&self.smoothing) {
            return Err(format!("smoothing must be in [0, 1), got {}", self.smoothing));
        }
        Ok(vec![Type::f32([1]), Type::f32([1]), Type::f32([1]), logits.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[3], dy[0])?, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let logits = &inputs[0].shape;
        let constants = [
            ("ROWS", logits.rows().into()),
            ("CLASSES", logits.last().into()),
            ("BATCH", logits.0[0].into()),
            lanes(logits.count()),
            ("IGNORES", self.ignore.is_some().into()),
            ("IGNORE", Number::U32(self.ignore.unwrap_or(0))),
            ("SMOOTHING", self.smoothing.into()),
        ];
        Lowering::Kernel(Call::new(&CROSS_ENTROPY, 2, 4, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        8 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let plain = CrossEntropy::default;
    vec![
        Case::new(plain(), [&[1, 1]]).labels(&[1], 1),
        Case::new(plain(), [&[67, 10]]).labels(&[67], 10),
        Case::new(plain(), [&[3, 5, 131]]).labels(&[3, 5], 131),
        Case::new(plain(), [&[131, 67]]).labels(&[131], 67), // a wide workgroup
        Case::new(CrossEntropy { ignore: Some(2), smoothing: 0.0 }, [&[7, 5, 4]]).labels(&[7, 5], 4),
        Case::new(CrossEntropy { ignore: Some(0), smoothing: 0.0 }, [&[3, 2]]).labels(&[3], 1), // nothing counts
        Case::new(CrossEntropy { ignore: None, smoothing: 0.1 }, [&[13, 7]]).labels(&[13], 7),
        Case::new(CrossEntropy { ignore: Some(1), smoothing: 0.2 }, [&[67, 3, 67]]).labels(&[67, 3], 67),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::{Data, Interpreter, Step};

    /// `torch.nn.functional.cross_entropy(x, y, ignore_index=2, label_smoothing=0.1)` of PyTorch 1.13 with
    /// x = [[1, 2, 3], [0, -1, 0.5], [2, 2, -2]], y = [0, 2, 1].
    #[test]
    fn ignored_labels_and_smoothing_are_pytorchs() {
        let mut g = Graph::new();
        let (x, y) = (g.input("x", Type::f32([3, 3])), g.input("y", Type::u32([3])));
        let outputs = g.apply(CrossEntropy { ignore: Some(2), smoothing: 0.1 }, &[x, y]).unwrap();
        let mut cpu = Interpreter::<f64>::new(g);
        cpu.set_f32(x, &[1.0, 2.0, 3.0, 0.0, -1.0, 0.5, 2.0, 2.0, -2.0]);
        cpu.tensor_mut(y).data = Data::Ints(vec![0, 2, 1]);
        cpu.run(&Step { rows: u32::MAX, ..Step::default() });
        let loss = cpu.tensor(outputs[0]).floats()[0];
        assert!((loss - 1.571_601_309_608).abs() < 1e-6, "{loss}");
        assert_eq!((cpu.tensor(outputs[1]).floats()[0], cpu.tensor(outputs[2]).floats()[0]), (0.0, 2.0));
        assert!(cpu.tensor(outputs[3]).floats()[3..6].iter().all(|&dx| dx == 0.0), "the ignored row gets no gradient");
    }
}
