//! `conv2d`: cross-correlation of images with a bank of filters (what deep learning calls convolution).

use super::{
    Case, Lowering, Op, Padding, Window, add,
    batched_matmul::BatchedMatmul,
    operands,
    window::{Span, constants},
    winograd::{
        Tiling, WinogradInput, WinogradInputGrad, WinogradOutput, WinogradOutputGrad, WinogradWeight,
        WinogradWeightGrad,
    },
};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Kernel, Lanes, Number, Target, tile_groups},
    plan::Expansion,
};

kernel!(CONV2D, "conv/forward", "conv/conv2d");
kernel!(CONV2D_INPUT_GRAD, "conv/backward", "conv/conv2d_input_grad");
kernel!(CONV2D_WEIGHT_GRAD, "conv/conv2d_weight_grad");
kernel!(CONV2D_WEIGHT_GRAD_SPLIT as "conv/conv2d_weight_grad_split", "conv/conv2d_weight_grad");
kernel!(CONV2D_SUBGROUP, "conv/forward", "conv/conv2d_subgroup");
kernel!(CONV2D_INPUT_GRAD_SUBGROUP, "conv/backward", "conv/conv2d_input_grad_subgroup");
kernel!(CONV2D_WEIGHT_GRAD_SUBGROUP, "conv/conv2d_weight_grad_subgroup");

/// y\[b, o, i, j\] = bias\[o\] + Σ w\[o, c, u, v\] · x\[b, c, i·stride + u − pad, j·stride + v − pad\].
/// Shapes: x \[batch, channels, height, width\], w \[filters, channels, kernel, kernel\], bias \[filters\].
#[derive(Clone, Debug)]
pub struct Conv2d {
    /// Kernel size, stride and padding.
    pub window: Window,
}

/// dx from dy and w.
#[derive(Clone, Debug)]
pub struct Conv2dInputGrad {
    /// As forward.
    pub window: Window,
    /// Height and width of x: dy alone does not tell them when the stride is above 1.
    pub size: (usize, usize),
}

/// dw and dbias from x and dy.
#[derive(Clone, Debug)]
pub struct Conv2dWeightGrad {
    /// As forward.
    pub window: Window,
}

/// \[batch, channels, height, width\]
fn image(ty: &Type, name: &str) -> Result<[usize; 4], String> {
    ty.shape.0.as_slice().try_into().map_err(|_| format!("{name} must be [batch, channels, height, width]"))
}

/// Least channels and filters for [`super::winograd`].
const WINOGRAD: usize = 16;
/// Fours of channels of a tile of the kernels with subgroups.
const FOURS: usize = 2;

/// Everything that the three kernels need to know.
struct Geometry {
    batch: usize,
    channels: usize,
    filters: usize,
    h: Span,
    w: Span,
}

impl Geometry {
    fn new(window: &Window, [batch, channels, height, width]: [usize; 4], filters: usize) -> Result<Self, String> {
        let (h, w) = window.over(height, width)?;
        Ok(Self { batch, channels, filters, h, w })
    }

    /// How images are cut into tiles where that takes less time: the products must be large enough to pay for the
    /// transforms.
    fn tiling(&self, target: &Target) -> Option<Tiling> {
        let fits = |span: &Span| span.kernel == 3 && span.stride == 1;
        let many = |planes: usize| planes >= WINOGRAD && planes.is_multiple_of(4);
        let wanted = target.winograd && fits(&self.h) && fits(&self.w) && many(self.channels) && many(self.filters);
        wanted.then_some(Tiling {
            batch: self.batch,
            input: (self.h.input, self.w.input),
            output: (self.h.output, self.w.output),
            before: (self.h.before, self.w.before),
        })
    }

    fn flops(&self) -> u64 {
        let window = self.channels * self.h.kernel * self.w.kernel;
        let outputs = self.batch * self.filters * self.h.output * self.w.output;
        2 * outputs as u64 * window as u64
    }

    /// A kernel in tiles of 8 rows × 4 columns an invocation; `rows`: of a workgroup, in tiles.
    fn with_subgroups(&self, mut call: Call, columns: usize, rows: usize, lanes: &Lanes) -> Call {
        call.constants = self.constants();
        call.constants.extend([("ACROSS", lanes.across.into()), ("DOWN", lanes.down.into())]);
        call.groups = tile_groups((columns, 4 * lanes.across), (rows, 8), 1);
        call
    }

    fn constants(&self) -> Vec<(&'static str, Number)> {
        let Span { input, output, kernel, stride, before } = self.h;
        let rows_past = (output - 1) * stride + kernel > input + before;
        let columns_past = (self.w.output - 1) * self.w.stride + self.w.kernel > self.w.input + self.w.before;
        let padded = before + self.w.before > 0 || rows_past || columns_past;
        let mut all = constants(&self.h, &self.w);
        all.extend([("B", self.batch.into()), ("C", self.channels.into()), ("O", self.filters.into())]);
        all.push(("PADDED", padded.into()));
        all
    }
}

impl Op for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, w, bias] = operands::<3>(inputs)?;
        let (size, filter) = (image(x, "the input")?, image(w, "the weight")?);
        if filter[1] != size[1] {
            return Err(format!("the weight is for {} channels, the input has {}", filter[1], size[1]));
        }
        if (filter[2], filter[3]) != self.window.kernel {
            return Err(format!("the weight must have the kernel's size {:?}", self.window.kernel));
        }
        if bias.shape != Shape::from([filter[0]]) {
            return Err(format!("the bias must have shape [{}]", filter[0]));
        }
        let geometry = Geometry::new(&self.window, size, filter[0])?;
        Ok(vec![Type::f32([size[0], filter[0], geometry.h.output, geometry.w.output])])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 3]) };
        let (x, w) = (node.inputs[0], node.inputs[1]);
        let size = (g.shape(x).0[2], g.shape(x).0[3]);
        // The weights first: what is kept of x for them is free for dx then.
        let weights = g.apply(Conv2dWeightGrad { window: self.window }, &[x, dy])?;
        let dx = g.apply1(Conv2dInputGrad { window: self.window, size }, &[dy, w])?;
        Ok(vec![Some(dx), Some(weights[0]), Some(weights[1])])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let out = &outputs[0].shape.0;
        let pixels = out[2] * out[3];
        let lanes = lanes(out[0] * pixels);
        let mut call = Call::new(&CONV2D, 2, 1, tile_groups((out[0] * pixels, 8 * lanes), (out[1], 8), 1));
        if let Ok(geometry) = image(&inputs[0], "x").and_then(|size| Geometry::new(&self.window, size, out[1])) {
            call.constants = geometry.constants();
            call.constants.push(("LANES", lanes.into()));
        }
        call.ending = Some((add::bias(pixels, out[1]), vec![2]));
        Lowering::Kernel(call)
    }

    fn variants(&self, inputs: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        let out = &outputs[0].shape.0;
        let Ok(geometry) = image(&inputs[0], "x").and_then(|size| Geometry::new(&self.window, size, out[1])) else {
            return Vec::new();
        };
        let pixels = out[2] * out[3];
        let lanes = target.lanes(out[0] * pixels / 4, out[1], FOURS).filter(|_| geometry.channels.is_multiple_of(4));
        let call = |lanes: Lanes| {
            let call = Call::new(&CONV2D_SUBGROUP, 2, 1, [1; 3]);
            let mut call = geometry.with_subgroups(call, out[0] * pixels, out[1].div_ceil(lanes.down), &lanes);
            call.ending = Some((add::bias(pixels, out[1]), vec![2]));
            call
        };
        lanes.map(call).into_iter().collect()
    }

    fn expand(&self, g: &mut Expansion<'_>, inputs: &[ValueId], target: &Target) -> Option<Result<Vec<ValueId>>> {
        let [x, w, bias] = inputs[..] else { return None };
        let size = image(g.ty(x), "x").ok()?;
        let geometry = Geometry::new(&self.window, size, g.ty(bias).shape.count()).ok()?;
        let tiling = geometry.tiling(target)?;
        Some((|| {
            let v = g.apply(WinogradInput { tiling }, &[x])?[0];
            let u = g.apply(WinogradWeight, &[w])?[0];
            let m = g.apply(BatchedMatmul::default(), &[u, v])?[0];
            g.apply(WinogradOutput { tiling }, &[m, bias])
        })())
    }

    fn flops(&self, inputs: &[Type], outputs: &[Type]) -> u64 {
        let w = &inputs[1].shape;
        2 * outputs[0].shape.count() as u64 * (w.count() / w.0[0]) as u64
    }
}

impl Conv2dInputGrad {
    fn geometry(&self, dy: &Type, w: &Type) -> Result<Geometry, String> {
        let (dy, filter) = (image(dy, "dy")?, image(w, "the weight")?);
        let geometry = Geometry::new(&self.window, [dy[0], filter[1], self.size.0, self.size.1], filter[0])?;
        if dy[1..] != [filter[0], geometry.h.output, geometry.w.output] {
            return Err("dy has not the shape of the output".into());
        }
        Ok(geometry)
    }
}

impl Op for Conv2dInputGrad {
    fn name(&self) -> &'static str {
        "conv2d_input_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, w] = operands::<2>(inputs)?;
        let geometry = self.geometry(dy, w)?;
        Ok(vec![Type::f32([geometry.batch, geometry.channels, self.size.0, self.size.1])])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let out = &outputs[0].shape.0;
        let lanes = lanes(out[0] * out[2] * out[3]);
        let groups = tile_groups((out[0] * out[2] * out[3], 8 * lanes), (out[1], 8), 1);
        let mut call = Call::new(&CONV2D_INPUT_GRAD, 2, 1, groups);
        if let Ok(geometry) = self.geometry(&inputs[0], &inputs[1]) {
            // Every input pixel looks at outputs beyond the edge: this kernel always checks.
            call.constants = geometry.constants().into_iter().filter(|(name, _)| *name != "PADDED").collect();
            call.constants.push(("LANES", lanes.into()));
        }
        Lowering::Kernel(call)
    }

    fn variants(&self, inputs: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        let out = &outputs[0].shape.0;
        let Ok(geometry) = self.geometry(&inputs[0], &inputs[1]) else { return Vec::new() };
        let pixels = out[0] * out[2] * out[3];
        let lanes = target.lanes(pixels / 4, out[1], FOURS).filter(|_| geometry.filters.is_multiple_of(4));
        let call = |lanes: Lanes| {
            let call = Call::new(&CONV2D_INPUT_GRAD_SUBGROUP, 2, 1, [1; 3]);
            let mut call = geometry.with_subgroups(call, pixels, out[1].div_ceil(lanes.down), &lanes);
            call.constants.retain(|(name, _)| *name != "PADDED");
            call
        };
        lanes.map(call).into_iter().collect()
    }

    fn expand(&self, g: &mut Expansion<'_>, inputs: &[ValueId], target: &Target) -> Option<Result<Vec<ValueId>>> {
        let [dy, w] = inputs[..] else { return None };
        let tiling = self.geometry(g.ty(dy), g.ty(w)).ok()?.tiling(target)?;
        Some((|| {
            let dm = g.apply(WinogradOutputGrad { tiling }, &[dy])?[0];
            let u = g.apply(WinogradWeight, &[w])?[0];
            let dv = g.apply(BatchedMatmul { transpose_a: true, transpose_b: false }, &[u, dm])?[0];
            g.apply(WinogradInputGrad { tiling }, &[dv])
        })())
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        self.geometry(&inputs[0], &inputs[1]).map_or(0, |g| g.flops())
    }
}

impl Conv2dWeightGrad {
    /// The portable kernel, whose workgroups have so many rows of 32 invocations, which share the samples.
    fn call(&self, kernel: &'static Kernel, down: usize, inputs: &[Type], outputs: &[Type]) -> Call {
        let w = &outputs[0].shape;
        let mut call = Call::new(kernel, 2, 2, tile_groups((w.count() / w.0[0], 8), (w.0[0], 8), 1));
        if let Ok(geometry) = self.geometry(&inputs[0], &inputs[1]) {
            call.constants = geometry.constants();
        }
        call.with([("DOWN", down.into())])
    }

    fn geometry(&self, x: &Type, dy: &Type) -> Result<Geometry, String> {
        let (size, dy) = (image(x, "the input")?, image(dy, "dy")?);
        let geometry = Geometry::new(&self.window, size, dy[1])?;
        if [dy[0], dy[2], dy[3]] != [size[0], geometry.h.output, geometry.w.output] {
            return Err("dy has not the shape of the output".into());
        }
        Ok(geometry)
    }
}

impl Op for Conv2dWeightGrad {
    fn name(&self) -> &'static str {
        "conv2d_weight_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, dy] = operands::<2>(inputs)?;
        let g = self.geometry(x, dy)?;
        Ok(vec![Type::f32([g.filters, g.channels, g.h.kernel, g.w.kernel]), Type::f32([g.filters])])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        Lowering::Kernel(self.call(&CONV2D_WEIGHT_GRAD, 1, inputs, outputs))
    }

    fn variants(&self, inputs: &[Type], outputs: &[Type], target: &Target) -> Vec<Call> {
        let split = self.call(&CONV2D_WEIGHT_GRAD_SPLIT, 8, inputs, outputs).with_barriers(target);
        let w = &outputs[0].shape;
        let columns = w.count() / w.0[0];
        let Ok(geometry) = self.geometry(&inputs[0], &inputs[1]) else { return Vec::new() };
        // A tile that is mostly empty is slower than the portable kernel.
        let lanes = target.lanes(columns / 4, w.0[0], FOURS).filter(|_| columns >= 16);
        let call = Call::new(&CONV2D_WEIGHT_GRAD_SUBGROUP, 2, 2, [1; 3]);
        let call = |lanes: Lanes| geometry.with_subgroups(call, columns, w.0[0].div_ceil(lanes.down), &lanes);
        [split].into_iter().chain(lanes.map(call)).collect()
    }

    fn expand(&self, g: &mut Expansion<'_>, inputs: &[ValueId], target: &Target) -> Option<Result<Vec<ValueId>>> {
        let [x, dy] = inputs[..] else { return None };
        let tiling = self.geometry(g.ty(x), g.ty(dy)).ok()?.tiling(target)?;
        Some((|| {
            let [dm, sums] = g.apply(WinogradOutputGrad { tiling }, &[dy])?[..] else { return Ok(Vec::new()) };
            let v = g.apply(WinogradInput { tiling }, &[x])?[0];
            let du = g.apply(BatchedMatmul { transpose_a: false, transpose_b: true }, &[dm, v])?[0];
            g.apply(WinogradWeightGrad, &[du, sums])
        })())
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        self.geometry(&inputs[0], &inputs[1]).map_or(0, |g| g.flops())
    }
}

/// Invocations of a workgroup of the portable kernels, of eight pixels each: as many as make full tiles, if that can be.
fn lanes(pixels: usize) -> usize {
    [64, 32].into_iter().find(|lanes| pixels.is_multiple_of(8 * lanes)).unwrap_or(64)
}

pub(super) fn cases() -> Vec<Case> {
    let windows: [(Window, [usize; 4], usize); 12] = [
        (Window::square(1, 1, Padding::Valid), [1, 1, 1, 1], 1),
        (Window::square(3, 1, Padding::Valid), [2, 1, 13, 11], 5),
        (Window::square(3, 1, Padding::Same), [2, 3, 7, 5], 17),
        (Window::square(3, 2, Padding::Same), [1, 5, 9, 8], 3),
        (Window::square(5, 3, Padding::Explicit(2, 1)), [2, 2, 11, 13], 7),
        (Window { kernel: (2, 5), stride: (2, 1), padding: Padding::Valid }, [3, 2, 7, 6], 2),
        (Window { kernel: (4, 3), stride: (1, 2), padding: Padding::Explicit(0, 2) }, [2, 3, 5, 9], 4),
        // Multiples of four channels: kernels with subgroups.
        (Window::square(3, 1, Padding::Valid), [3, 4, 9, 7], 12),
        (Window::square(3, 2, Padding::Same), [2, 12, 9, 6], 20),
        (Window { kernel: (2, 3), stride: (1, 1), padding: Padding::Explicit(1, 0) }, [5, 8, 5, 5], 4),
        // Enough channels for Winograd's tiles, which are no multiple of four.
        (Window::square(3, 1, Padding::Same), [3, 16, 5, 7], 20),
        (Window::square(3, 1, Padding::Valid), [1, 20, 7, 4], 16),
    ];
    let mut cases = Vec::new();
    for (window, [b, c, h, w], o) in windows {
        let (kh, kw) = window.kernel;
        let g = Geometry::new(&window, [b, c, h, w], o).unwrap_or_else(|e| panic!("a test case is wrong: {e}"));
        let size = (h, w);
        let (x, dy, weight) = ([b, c, h, w], [b, o, g.h.output, g.w.output], [o, c, kh, kw]);
        cases.push(Case::new(Conv2d { window }, [&x, &weight, &[o]]));
        cases.push(Case::new(Conv2dInputGrad { window, size }, [&dy, &weight]));
        cases.push(Case::new(Conv2dWeightGrad { window }, [&x, &dy]));
    }
    cases
}
