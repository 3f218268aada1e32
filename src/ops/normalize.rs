//! `normalize`: images brought to mean 0 and deviation 1, channel by channel; and back.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::Pointwise,
};

kernel!(NORMALIZE, "pointwise/normalize");

/// y = (x − mean\[c\]) / std\[c\] of images \[batch, channels, …\]. Shape: the same.
#[derive(Clone, Debug)]
pub struct Normalize {
    /// Of each channel.
    pub mean: Vec<f32>,
    /// Of each channel.
    pub std: Vec<f32>,
}

impl Normalize {
    /// What undoes it: x · std + mean.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let mean = self.mean.iter().zip(&self.std).map(|(mean, std)| -mean / std).collect();
        Self { mean, std: self.std.iter().map(|std| 1.0 / std).collect() }
    }

    /// Channels of x, and the elements of one.
    pub(crate) fn channels(x: &Type) -> (usize, usize) {
        let sizes = &x.shape.0;
        (sizes[1], sizes[2..].iter().product())
    }
}

impl Op for Normalize {
    fn name(&self) -> &'static str {
        "normalize"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        if x.shape.rank() < 2 || [self.mean.len(), self.std.len()] != [x.shape.0[1]; 2] {
            let (mean, std) = (self.mean.len(), self.std.len());
            return Err(format!("needs a mean and a deviation for each channel, got {mean} and {std}"));
        }
        if !self.std.iter().all(|std| std.is_normal()) || !self.mean.iter().all(|mean| mean.is_finite()) {
            return Err("needs finite means and deviations other than 0".into());
        }
        Ok(vec![x.clone()])
    }

    fn grad(&self, g: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        let scale = Self { mean: vec![0.0; self.mean.len()], std: self.std.clone() };
        Ok(vec![Some(g.apply1(scale, &[dy])?)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (channels, inner) = Self::channels(&inputs[0]);
        // WGSL indexes no array of constants by a variable: a chain of choices does.
        let choose = |numbers: &[f32]| {
            numbers.iter().enumerate().skip(1).fold(format!("{:?}f", numbers[0]), |chain, (c, x)| {
                format!("select({chain}, {x:?}f, (i / {inner}u) % {channels}u == {c}u)")
            })
        };
        let call = format!("normalize_channel({{0}}, {}, {})", choose(&self.mean), choose(&self.std));
        Lowering::Pointwise(Pointwise::same(&NORMALIZE, 1, call))
    }
}

pub(super) fn cases() -> Vec<Case> {
    let gray = Normalize { mean: vec![0.5], std: vec![0.25] };
    let rgb = Normalize { mean: vec![0.1, -0.2, 0.3], std: vec![0.5, 2.0, 0.7] };
    let back = rgb.inverse();
    vec![Case::new(gray, [&[3, 1, 5, 7]]), Case::new(rgb, [&[2, 3, 3, 5]]), Case::new(back, [&[1, 3]])]
}
