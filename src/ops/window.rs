//! The sliding window that convolution and pooling share.

use crate::kernels::Number;

/// How an image is padded; sizes in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// None: the window stays inside.
    Valid,
    /// Output size = ceil(input / stride); what is odd goes to the bottom and the right, as
    /// PyTorch (stride 1) and TensorFlow do.
    Same,
    /// So much at the top and bottom, and at the left and right.
    Explicit(usize, usize),
}

/// A window over images [batch, channels, height, width]: sizes are (height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Size of the window.
    pub kernel: (usize, usize),
    /// Step of the window.
    pub stride: (usize, usize),
    /// Zeros around the image (minus infinity for max pooling).
    pub padding: Padding,
}

/// A window over an image of known size, in one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Input size.
    pub input: usize,
    /// Output size.
    pub output: usize,
    /// Window size.
    pub kernel: usize,
    /// Step.
    pub stride: usize,
    /// Padding before the first pixel.
    pub before: usize,
}

impl Span {
    fn new(
        input: usize,
        kernel: usize,
        stride: usize,
        padding: Padding,
        explicit: usize,
        axis: &str,
    ) -> Result<Self, String> {
        if kernel == 0 || stride == 0 {
            return Err(format!("kernel and stride must be at least 1 in {axis}"));
        }
        let (before, total) = match padding {
            Padding::Valid => (0, 0),
            Padding::Same => {
                let output = input.div_ceil(stride);
                let total = ((output.max(1) - 1) * stride + kernel).saturating_sub(input);
                (total / 2, total)
            }
            Padding::Explicit(..) => (explicit, 2 * explicit),
        };
        if before >= kernel {
            return Err(format!("padding {before} must be smaller than the kernel's {axis} {kernel}"));
        }
        if kernel > input + total {
            return Err(format!(
                "kernel {axis} {kernel} is larger than its input's {} (padding included)",
                input + total
            ));
        }
        Ok(Self { input, output: (input + total - kernel) / stride + 1, kernel, stride, before })
    }

    /// The input position that `offset` of the window at `output` falls on, if inside.
    pub fn at(&self, output: usize, offset: usize) -> Option<usize> {
        (output * self.stride + offset).checked_sub(self.before).filter(|&i| i < self.input)
    }
}

impl Window {
    /// A square window.
    pub fn square(kernel: usize, stride: usize, padding: Padding) -> Self {
        Self { kernel: (kernel, kernel), stride: (stride, stride), padding }
    }

    /// The window over images of (height, width).
    ///
    /// # Errors
    /// When it doesn't fit.
    pub fn over(&self, height: usize, width: usize) -> Result<(Span, Span), String> {
        let (pad_h, pad_w) = match self.padding {
            Padding::Explicit(h, w) => (h, w),
            _ => (0, 0),
        };
        Ok((
            Span::new(height, self.kernel.0, self.stride.0, self.padding, pad_h, "height")?,
            Span::new(width, self.kernel.1, self.stride.1, self.padding, pad_w, "width")?,
        ))
    }
}

/// The constants that every windowed kernel has.
pub fn constants(h: &Span, w: &Span) -> Vec<(&'static str, Number)> {
    [
        ("H", h.input),
        ("W", w.input),
        ("OH", h.output),
        ("OW", w.output),
        ("KH", h.kernel),
        ("KW", w.kernel),
        ("STRIDE_H", h.stride),
        ("STRIDE_W", w.stride),
        ("PAD_H", h.before),
        ("PAD_W", w.before),
    ]
    .map(|(name, n)| (name, n.into()))
    .into()
}
