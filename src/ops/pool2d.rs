//! `max_pool2d`, `avg_pool2d`: the maximum or the mean under a sliding window, channel by channel.

use super::{
    Case, Fill, Lowering, Op, Padding, Window, operands,
    window::{Span, constants},
};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Kernel, groups_1d},
};

kernel!(MAX_POOL2D, "pool/max_pool2d");
kernel!(MAX_POOL2D_GRAD, "pool/max_pool2d_grad");
kernel!(AVG_POOL2D, "pool/avg_pool2d");
kernel!(AVG_POOL2D_GRAD, "pool/avg_pool2d_grad");

/// Outputs: the maxima, and for each the place in its window (row · kernel width + column) that it
/// came from: the first of equals. Padding never wins. Shape: \[batch, channels, h, w\] → \[batch, channels, h', w'\].
#[derive(Clone, Debug)]
pub struct MaxPool2d {
    /// Size, stride and padding.
    pub window: Window,
}

/// dx from dy and the places.
#[derive(Clone, Debug)]
pub struct MaxPool2dGrad {
    /// As forward.
    pub window: Window,
    /// Height and width of x.
    pub size: (usize, usize),
}

/// The mean; padding counts as zeros (PyTorch's `count_include_pad`).
#[derive(Clone, Debug)]
pub struct AvgPool2d {
    /// Size, stride and padding.
    pub window: Window,
}

/// dx from dy.
#[derive(Clone, Debug)]
pub struct AvgPool2dGrad {
    /// As forward.
    pub window: Window,
    /// Height and width of x.
    pub size: (usize, usize),
}

fn pooled(window: &Window, x: &Type) -> Result<Shape, String> {
    let [b, c, height, width] = x.shape.0[..] else {
        return Err("the input must be [batch, channels, height, width]".into());
    };
    let (h, w) = window.over(height, width)?;
    Ok([b, c, h.output, w.output].into())
}

/// The shape of x, when dy has the shape of the pooled x.
fn unpooled(window: &Window, size: (usize, usize), dy: &Type) -> Result<Vec<Type>, String> {
    let [b, c, ..] = dy.shape.0[..] else {
        return Err("dy must be [batch, channels, height, width]".into());
    };
    let x = Type::f32([b, c, size.0, size.1]);
    if pooled(window, &x)? != dy.shape {
        return Err("dy has not the shape of the output".into());
    }
    Ok(vec![x])
}

/// One invocation an element of the output; `x` is the larger image in either direction.
fn call(
    kernel: &'static Kernel,
    window: &Window,
    inputs: usize,
    outputs: usize,
    x: &Type,
    elements: usize,
) -> Lowering {
    let mut call = Call::new(kernel, inputs, outputs, groups_1d(elements));
    if let [b, c, height, width] = x.shape.0[..]
        && let Ok((h, w)) = window.over(height, width)
    {
        let spans: (Span, Span) = (h, w);
        call = call.with(constants(&spans.0, &spans.1)).with([("PLANES", (b * c).into())]);
    }
    Lowering::Kernel(call)
}

impl Op for MaxPool2d {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        let shape = pooled(&self.window, x)?;
        Ok(vec![Type::f32(shape.clone()), Type::u32(shape)])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        let x = &g.shape(node.inputs[0]).0;
        let op = MaxPool2dGrad { window: self.window, size: (x[2], x[3]) };
        Ok(vec![Some(g.apply1(op, &[dy, node.outputs[1]])?)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        call(&MAX_POOL2D, &self.window, 1, 2, &inputs[0], outputs[0].shape.count())
    }
}

impl Op for MaxPool2dGrad {
    fn name(&self) -> &'static str {
        "max_pool2d_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy, at] = operands::<2>(inputs)?;
        if dy.shape != at.shape {
            return Err("dy and the places must have the same shape".into());
        }
        unpooled(&self.window, self.size, dy)
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        let (dx, window) = (&outputs[0].shape, &self.window);
        let elements = match (window.over(self.size.0, self.size.1), &dx.0[..]) {
            // Windows that do not overlap: one an invocation, with the pixels up to the next.
            (Ok((h, w)), &[b, c, ..]) if h.stride >= h.kernel && w.stride >= w.kernel => {
                b * c * (h.input + h.before).div_ceil(h.stride) * (w.input + w.before).div_ceil(w.stride)
            }
            _ => dx.count(),
        };
        call(&MAX_POOL2D_GRAD, window, 2, 1, &outputs[0], elements)
    }
}

impl Op for AvgPool2d {
    fn name(&self) -> &'static str {
        "avg_pool2d"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x] = operands::<1>(inputs)?;
        Ok(vec![Type::f32(pooled(&self.window, x)?)])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None]) };
        let x = &g.shape(node.inputs[0]).0;
        let op = AvgPool2dGrad { window: self.window, size: (x[2], x[3]) };
        Ok(vec![Some(g.apply1(op, &[dy])?)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        call(&AVG_POOL2D, &self.window, 1, 1, &inputs[0], outputs[0].shape.count())
    }
}

impl Op for AvgPool2dGrad {
    fn name(&self) -> &'static str {
        "avg_pool2d_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dy] = operands::<1>(inputs)?;
        unpooled(&self.window, self.size, dy)
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        call(&AVG_POOL2D_GRAD, &self.window, 1, 1, &outputs[0], outputs[0].shape.count())
    }
}

pub(super) fn cases() -> Vec<Case> {
    let windows: [(Window, [usize; 4]); 7] = [
        (Window::square(1, 1, Padding::Valid), [1, 1, 1, 1]),
        (Window::square(2, 2, Padding::Valid), [2, 3, 11, 13]),
        (Window::square(3, 1, Padding::Valid), [1, 5, 7, 5]),
        (Window::square(3, 2, Padding::Same), [3, 2, 9, 8]),
        (Window { kernel: (2, 3), stride: (1, 2), padding: Padding::Explicit(1, 2) }, [2, 1, 5, 7]),
        (Window::square(2, 3, Padding::Valid), [1, 2, 8, 9]),
        (Window { kernel: (7, 5), stride: (7, 5), padding: Padding::Valid }, [2, 3, 7, 5]),
    ];
    let mut cases = Vec::new();
    for (window, x) in windows {
        let size = (x[2], x[3]);
        let y = pooled(&window, &Type::f32(x)).unwrap_or_else(|e| panic!("a test case is wrong: {e}"));
        cases.push(Case::new(MaxPool2d { window }, [&x]));
        cases.push(Case::new(AvgPool2d { window }, [&x]));
        cases.push(Case::new(AvgPool2dGrad { window, size }, [&y.0]));
        let mut grad = Case::new(MaxPool2dGrad { window, size }, [&y.0]);
        let places = window.kernel.0 * window.kernel.1;
        grad.inputs.push((Type::u32(y), Fill::Below(places as u32)));
        cases.push(grad);
    }
    cases
}
