//! Convolution with 3 × 3 filters as products of transformed tiles: 16 products where the direct way takes 36 (Winograd's
//! minimal filtering F(2 × 2, 3 × 3); Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
//!
//! y = Aᵀ \[(G w Gᵀ) ⊙ (Bᵀ d B)\] A for each tile d of 4 × 4 pixels, which makes 2 × 2 of y; summed over channels, the middle is
//! a product of matrices for each of the 16 places of a tile ([`super::batched_matmul`]). All steps are linear, so gradients
//! go through their transposes. [`super::conv2d`]'s ops expand to these where a device gains by it.

use super::{Case, Lowering, Op, add, operands};
use crate::{
    graph::Type,
    kernel,
    kernels::{Call, Kernel, Operand, groups_1d},
};

kernel!(WINOGRAD_INPUT, "conv/winograd_input");
kernel!(WINOGRAD_INPUT_GRAD, "conv/winograd_input_grad");
kernel!(WINOGRAD_WEIGHT, "conv/winograd_weight");
kernel!(WINOGRAD_WEIGHT_GRAD, "conv/winograd_weight_grad");
kernel!(WINOGRAD_OUTPUT, "conv/winograd_output");
kernel!(WINOGRAD_OUTPUT_GRAD, "conv/winograd_output_grad");

/// Places of a tile.
pub const PLACES: usize = 16;

/// How a batch of images is cut into tiles; pairs are (height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Images.
    pub batch: usize,
    /// Of an input image.
    pub input: (usize, usize),
    /// Of an output image.
    pub output: (usize, usize),
    /// Zeros before the first pixel.
    pub before: (usize, usize),
}

impl Tiling {
    /// Rows and columns of an image's tiles.
    pub fn grid(&self) -> (usize, usize) {
        (self.output.0.div_ceil(2), self.output.1.div_ceil(2))
    }

    /// Tiles of all images, and as many empty ones as make it a multiple of four.
    pub fn tiles(&self) -> usize {
        let (rows, columns) = self.grid();
        (self.batch * rows * columns).next_multiple_of(4)
    }

    fn tiled(&self, planes: usize) -> Type {
        Type::f32([PLACES, planes, self.tiles()])
    }

    fn planes(&self, tiled: &Type) -> Result<usize, String> {
        let planes = tiled.shape.0.get(1).copied().unwrap_or(0);
        if *tiled == self.tiled(planes) { Ok(planes) } else { Err(format!("expected {}", self.tiled(planes))) }
    }

    /// The channels of images of this size.
    fn channels(&self, images: &Type, (height, width): (usize, usize)) -> Result<usize, String> {
        match images.shape.0[..] {
            [batch, channels, h, w] if batch == self.batch && (h, w) == (height, width) => Ok(channels),
            _ => Err(format!("expected {} images of {height} × {width}", self.batch)),
        }
    }

    fn images(&self, channels: usize, (height, width): (usize, usize)) -> Type {
        Type::f32([self.batch, channels, height, width])
    }

    /// A kernel that makes `elements`, one an invocation; `planes` has the name that the kernel gives it.
    fn call(&self, kernel: &'static Kernel, inputs: usize, elements: usize, planes: (&'static str, usize)) -> Call {
        let ((rows, columns), (height, width)) = (self.grid(), self.output);
        let sizes = [planes, ("B", self.batch), ("TH", rows), ("TW", columns), ("P", self.tiles())];
        let image = if planes.0 == "O" {
            [("OH", height), ("OW", width)].to_vec()
        } else {
            let ((height, width), (top, left)) = (self.input, self.before);
            [("H", height), ("W", width), ("PAD_H", top), ("PAD_W", left)].to_vec()
        };
        let all = sizes.into_iter().chain(image);
        Call::new(kernel, inputs, 1, groups_1d(elements)).with(all.map(|(name, size)| (name, size.into())))
    }
}

/// Bᵀ d B of every tile: x \[batch, channels, height, width\] → \[16, channels, tiles\].
#[derive(Clone, Debug)]
pub struct WinogradInput {
    /// How the images are cut.
    pub tiling: Tiling,
}

/// dx from the gradient of what [`WinogradInput`] makes: tiles overlap, so a pixel sums over up to four.
#[derive(Clone, Debug)]
pub struct WinogradInputGrad {
    /// As forward.
    pub tiling: Tiling,
}

/// G w Gᵀ: \[filters, channels, 3, 3\] → \[16, filters, channels\].
#[derive(Clone, Debug)]
pub struct WinogradWeight;

/// dw and dbias from the gradient of what [`WinogradWeight`] makes, and the tiles' sums \[filters, tiles\].
#[derive(Clone, Debug)]
pub struct WinogradWeightGrad;

/// Aᵀ m A + bias: m \[16, filters, tiles\], bias \[filters\] → \[batch, filters, height, width\].
#[derive(Clone, Debug)]
pub struct WinogradOutput {
    /// How the images are cut.
    pub tiling: Tiling,
}

/// A dy Aᵀ: \[batch, filters, height, width\] → \[16, filters, tiles\]; and the sums of the tiles, \[filters, tiles\], apart, so that
/// the sixteen times larger rest need not be kept for them.
#[derive(Clone, Debug)]
pub struct WinogradOutputGrad {
    /// As forward.
    pub tiling: Tiling,
}

impl Op for WinogradInput {
    fn name(&self) -> &'static str {
        "winograd_input"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![self.tiling.tiled(self.tiling.channels(x, self.tiling.input)?)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let channels = inputs[0].shape.0[1];
        let elements = channels * self.tiling.tiles();
        Lowering::Kernel(self.tiling.call(&WINOGRAD_INPUT, 1, elements, ("C", channels)))
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        2 * outputs[0].shape.count() as u64
    }
}

impl Op for WinogradInputGrad {
    fn name(&self) -> &'static str {
        "winograd_input_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dv] = operands::<1>(inputs)?;
        Ok(vec![self.tiling.images(self.tiling.planes(dv)?, self.tiling.input)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let elements = outputs[0].shape.count();
        Lowering::Kernel(self.tiling.call(&WINOGRAD_INPUT_GRAD, 1, elements, ("C", inputs[0].shape.0[1])))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        2 * inputs[0].shape.count() as u64
    }
}

/// Filters and channels.
fn filters(w: &[usize]) -> Result<[usize; 2], String> {
    match *w {
        [filters, channels, 3, 3] => Ok([filters, channels]),
        _ => Err("expected [filters, channels, 3, 3]".into()),
    }
}

impl Op for WinogradWeight {
    fn name(&self) -> &'static str {
        "winograd_weight"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [w] = operands::<1>(inputs)?;
        let [filters, channels] = filters(&w.shape.0)?;
        Ok(vec![Type::f32([PLACES, filters, channels])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let count = inputs[0].shape.count() / 9;
        Lowering::Kernel(Call::new(&WINOGRAD_WEIGHT, 1, 1, groups_1d(count)).with([("COUNT", count.into())]))
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        4 * inputs[0].shape.count() as u64
    }
}

impl Op for WinogradWeightGrad {
    fn name(&self) -> &'static str {
        "winograd_weight_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [du, dm] = operands::<2>(inputs)?;
        match (&du.shape.0[..], &dm.shape.0[..]) {
            (&[PLACES, filters, channels], &[same, _]) if same == filters => {
                Ok(vec![Type::f32([filters, channels, 3, 3]), Type::f32([filters])])
            }
            _ => Err("expected [16, filters, channels] and [filters, tiles]".into()),
        }
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let [_, filters, channels] = inputs[0].shape.0[..] else { return Lowering::View };
        let sizes = [("O", filters), ("C", channels), ("P", inputs[1].shape.last())];
        Lowering::Kernel(
            Call::new(&WINOGRAD_WEIGHT_GRAD, 2, 2, [(filters * channels).div_ceil(32) as u32, 1, 1])
                .with(sizes.map(|(name, size)| (name, size.into()))),
        )
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        2 * inputs[0].shape.count() as u64 + inputs[1].shape.count() as u64
    }
}

impl Op for WinogradOutput {
    fn name(&self) -> &'static str {
        "winograd_output"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [m, bias] = operands::<2>(inputs)?;
        let filters = self.tiling.planes(m)?;
        if bias.shape.0 != [filters] {
            return Err(format!("the bias must have shape [{filters}]"));
        }
        Ok(vec![self.tiling.images(filters, self.tiling.output)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (filters, (height, width)) = (inputs[0].shape.0[1], self.tiling.output);
        let mut call = self.tiling.call(&WINOGRAD_OUTPUT, 1, filters * self.tiling.tiles(), ("O", filters));
        call.ending = Some((add::bias(height * width, filters), vec![1]));
        Lowering::Kernel(call)
    }

    fn flops(&self, inputs: &[Type], outputs: &[Type]) -> u64 {
        3 * inputs[0].shape.count() as u64 / 2 + outputs[0].shape.count() as u64
    }
}

impl Op for WinogradOutputGrad {
    fn name(&self) -> &'static str {
        "winograd_output_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy] = operands::<1>(inputs)?;
        let filters = self.tiling.channels(dy, self.tiling.output)?;
        Ok(vec![self.tiling.tiled(filters), Type::f32([filters, self.tiling.tiles()])])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let filters = inputs[0].shape.0[1];
        let elements = filters * self.tiling.tiles();
        let mut call = self.tiling.call(&WINOGRAD_OUTPUT_GRAD, 1, elements, ("O", filters));
        call.operands.push(Operand::Out(1));
        Lowering::Kernel(call)
    }

    fn flops(&self, _: &[Type], outputs: &[Type]) -> u64 {
        outputs[0].shape.count() as u64
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // Even and odd sizes, padded or not, tiles that are no multiple of four.
    for (batch, input, before, output, planes) in [
        (1, (3, 3), (0, 0), (1, 1), 1),
        (2, (7, 5), (1, 1), (7, 5), 3),
        (3, (6, 9), (0, 0), (4, 7), 5),
        (5, (4, 4), (1, 0), (4, 2), 2),
    ] {
        let tiling = Tiling { batch, input, output, before };
        let (x, y) = ([batch, planes, input.0, input.1], [batch, planes, output.0, output.1]);
        let tiled = [PLACES, planes, tiling.tiles()];
        cases.push(Case::new(WinogradInput { tiling }, [&x]));
        cases.push(Case::new(WinogradInputGrad { tiling }, [&tiled]));
        cases.push(Case::new(WinogradOutput { tiling }, [&tiled, &[planes]]));
        cases.push(Case::new(WinogradOutputGrad { tiling }, [&y]));
    }
    for [filters, channels, tiles] in [[1, 1, 4], [5, 7, 12], [17, 3, 8]] {
        cases.push(Case::new(WinogradWeight, [&[filters, channels, 3, 3]]));
        cases.push(Case::new(WinogradWeightGrad, [&[PLACES, filters, channels], &[filters, tiles]]));
    }
    cases
}
