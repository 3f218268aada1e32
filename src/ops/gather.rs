//! `gather`: the batch of a step, out of a data set that stays on the device as it was on disk.

use super::{Case, Fill, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{DType, Shape, Type},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(GATHER, "data/gather");

/// Inputs: items u8 \[samples, …\], labels u8 \[samples\], order u32 \[n\]. Outputs: x f32 \[batch, …\] in 0..1 and
/// labels u32 \[batch\] of the samples `order[step.cursor..]`.
#[derive(Clone, Debug)]
pub struct Gather {
    /// Samples of a batch.
    pub batch: usize,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [items, labels, order] = operands::<3>(inputs)?;
        if [items.dtype, labels.dtype, order.dtype] != [DType::U8, DType::U8, DType::U32] {
            return Err("expected bytes, bytes and an order of u32".into());
        }
        if items.shape.0.first() != labels.shape.0.first() {
            return Err("one label for each sample is needed".into());
        }
        let mut shape = items.shape.0.clone();
        shape[0] = self.batch;
        Ok(vec![Type::f32(Shape(shape)), Type::u32([self.batch])])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let elements = outputs[0].shape.count();
        let item = elements / self.batch;
        let constants =
            [("BATCH", self.batch.into()), ("ITEM", item.into()), ("COUNT", inputs[2].shape.count().into())];
        Lowering::Kernel(Call::new(&GATHER, 3, 2, groups_1d(elements.max(self.batch))).with(constants))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |batch, items: &[usize], order: usize| {
        let mut case = Case::new(Gather { batch }, []).bytes(items).bytes(&items[..1]);
        case.inputs.push((Type::u32([order]), Fill::Below(items[0] as u32)));
        case
    };
    vec![case(1, &[1, 1], 1), case(5, &[7, 1, 3, 3], 11), case(7, &[13, 5], 3)]
}
