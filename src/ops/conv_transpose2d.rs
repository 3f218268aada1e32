//! `conv_transpose2d`: the transpose of a convolution, which makes images larger (Zeiler et al., 2010). It is what
//! `conv2d` does backwards to its input, and the other way round: the kernels are the convolution's.

use super::{
    Case, Lowering, Op, Padding, Window, add,
    bias_grad::BiasGrad,
    conv2d::{Conv2d, Conv2dInputGrad, Conv2dWeightGrad},
    operands,
};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
};

/// y\[b, o, i·stride + u − pad, j·stride + v − pad\] = bias\[o\] + Σ x\[b, c, i, j\] · w\[c, o, u, v\]
/// (`torch.nn.ConvTranspose2d`). Shapes: x \[batch, channels, height, width\], w \[channels, filters, kernel, kernel\],
/// bias \[filters\] → \[batch, filters, `size`\].
#[derive(Clone, Debug)]
pub struct ConvTranspose2d {
    /// The window that leads from y back to the size of x.
    pub window: Window,
    /// Height and width of y.
    pub size: (usize, usize),
}

impl ConvTranspose2d {
    /// What it is but for the bias.
    pub fn convolution(&self) -> Conv2dInputGrad {
        Conv2dInputGrad { window: self.window, size: self.size }
    }
}

impl Op for ConvTranspose2d {
    fn name(&self) -> &'static str {
        "conv_transpose2d"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, w, bias] = operands::<3>(inputs)?;
        if x.shape.rank() == 4 && w.shape.rank() == 4 && x.shape.0[1] != w.shape.0[0] {
            return Err(format!("the weight is for {} channels, the input has {}", w.shape.0[0], x.shape.0[1]));
        }
        let y = self.convolution().infer(&[x.clone(), w.clone()])?;
        if bias.shape != Shape::from([y[0].shape.0[1]]) {
            return Err(format!("the bias must have shape [{}]", y[0].shape.0[1]));
        }
        Ok(y)
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None; 3]) };
        let (x, w) = (node.inputs[0], node.inputs[1]);
        let no_bias = g.constant([g.shape(x).0[1]].into(), 0.0);
        let dx = g.apply1(Conv2d { window: self.window }, &[dy, w, no_bias])?;
        let dw = g.apply1(Conv2dWeightGrad { window: self.window }, &[dy, x])?;
        Ok(vec![Some(dx), Some(dw), Some(g.apply1(BiasGrad, &[dy])?)])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        let lowering = self.convolution().lower(&inputs[..2], outputs);
        let Lowering::Kernel(mut call) = lowering else { return lowering };
        let [_, filters, height, width] = outputs[0].shape.0[..] else { return Lowering::Kernel(call) };
        call.ending = Some((add::bias(height * width, filters), vec![2]));
        Lowering::Kernel(call)
    }

    fn flops(&self, inputs: &[Type], outputs: &[Type]) -> u64 {
        self.convolution().flops(&inputs[..2], outputs)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let case = |window: Window, x: [usize; 4], filters: usize, size: (usize, usize)| {
        let w = [x[1], filters, window.kernel.0, window.kernel.1];
        Case::new(ConvTranspose2d { window, size }, [&x, &w, &[filters]])
    };
    let oblong = Window { kernel: (2, 5), stride: (2, 3), padding: Padding::Explicit(0, 1) };
    vec![
        case(Window::square(1, 1, Padding::Valid), [1, 1, 1, 1], 1, (1, 1)),
        case(Window::square(3, 1, Padding::Valid), [2, 3, 5, 7], 5, (7, 9)),
        case(Window::square(4, 2, Padding::Explicit(1, 1)), [2, 5, 5, 3], 11, (10, 6)),
        case(Window::square(3, 2, Padding::Explicit(1, 1)), [3, 2, 4, 5], 3, (8, 10)), // output_padding 1
        case(oblong, [1, 9, 3, 4], 2, (6, 12)),
    ]
}
