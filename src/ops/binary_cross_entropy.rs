//! `binary_cross_entropy` of logits, with the gradient in the same pass.

use super::{
    Case, Lowering, Op, Reduction,
    loss::{lanes, scaled},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Call,
};

kernel!(BINARY_CROSS_ENTROPY, "loss/binary_cross_entropy");

/// − t log σ(x) − (1 − t) log(1 − σ(x)), computed so that no size of logit overflows. Inputs: logits and targets t in
/// [0, 1], \[batch, …\] both; for one target for all, as adversarial networks have it, a constant
/// ([`Graph::constant`]) does. Outputs: the loss \[1\]; the number of elements for which (x > 0) = (t > ½) \[1\]; how
/// many count \[1\]; and d loss / d x. With [`Reduction::Sum`] samples count, and of each the share that is right: the
/// accuracy is `correct / count` either way. Only the first `step.rows` samples of the batch count.
/// As `torch.nn.BCEWithLogitsLoss`.
#[derive(Clone, Debug, Default)]
pub struct BinaryCrossEntropy {
    /// What becomes of the elements.
    pub reduction: Reduction,
}

impl Op for BinaryCrossEntropy {
    fn name(&self) -> &'static str {
        "binary_cross_entropy"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [logits, targets] = operands::<2>(inputs)?;
        if logits != targets || logits.shape.rank() == 0 {
            return Err("logits and targets must have the same shape".into());
        }
        Ok(vec![Type::f32([1]), Type::f32([1]), Type::f32([1]), logits.clone()])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![scaled(g, node.outputs[3], dy[0])?, None])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let x = &inputs[0].shape;
        let constants = [
            ("COUNT", x.count().into()),
            ("BATCH", x.0[0].into()),
            ("TERMS", self.reduction.terms(x).into()),
            lanes(x.count()),
        ];
        Lowering::Kernel(Call::new(&BINARY_CROSS_ENTROPY, 2, 4, [1, 1, 1]).with(constants))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        30 * inputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |reduction, shape: &[usize]| Case::new(BinaryCrossEntropy { reduction }, [shape, shape]);
    vec![
        case(Reduction::Mean, &[1, 1]),
        case(Reduction::Mean, &[131]),
        case(Reduction::Mean, &[67, 131]), // a wide workgroup
        case(Reduction::Sum, &[7, 3, 5]),
        case(Reduction::Sum, &[3, 1]),
    ]
}
