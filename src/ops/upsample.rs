//! `upsample`: larger images by repeating pixels.

use super::{Case, Lowering, Op, Padding, Scale, Window, operands, pool2d::AvgPool2d};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(UPSAMPLE, "pool/upsample");

/// y\[b, c, i, j\] = x\[b, c, ⌊i / factor⌋, ⌊j / factor⌋\] (`torch.nn.Upsample` with mode `nearest`). Shape:
/// \[batch, channels, h, w\] → \[batch, channels, h · factor, w · factor\].
#[derive(Clone, Debug)]
pub struct Upsample {
    /// How often a pixel is repeated, down and across.
    pub factor: usize,
}

impl Op for Upsample {
    fn name(&self) -> &'static str {
        "upsample"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        let [b, c, h, w] = x.shape.0[..] else {
            return Err("the input must be [batch, channels, height, width]".into());
        };
        if self.factor == 0 {
            return Err("the factor must be at least 1".into());
        }
        Ok(vec![Type::f32([b, c, h.saturating_mul(self.factor), w.saturating_mul(self.factor)])])
    }

    fn grad(&self, g: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        // The sum over a pixel's copies is their mean times their number.
        let window = Window::square(self.factor, self.factor, Padding::Valid);
        let mean = g.apply1(AvgPool2d { window }, &[dy])?;
        Ok(vec![Some(g.apply1(Scale { factor: (self.factor * self.factor) as f32 }, &[mean])?)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let (x, count) = (&inputs[0].shape, outputs[0].shape.count());
        let all = [("FACTOR", self.factor), ("W", x.last()), ("ROWS", x.rows() * self.factor)];
        let call = Call::new(&UPSAMPLE, 1, 1, groups_1d(count)).with(all.map(|(name, n)| (name, n.into())));
        Lowering::Kernel(call)
    }

    fn flops(&self, _: &[Type], _: &[Type]) -> u64 {
        0
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(Upsample { factor: 1 }, [&[1, 1, 1, 1]]),
        Case::new(Upsample { factor: 2 }, [&[2, 3, 5, 7]]),
        Case::new(Upsample { factor: 3 }, [&[1, 2, 7, 11]]),
    ]
}
