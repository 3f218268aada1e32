//! Twin of `src/ops/conv_transpose2d.rs`.

use super::{Eval, Io, Real};
use crate::ops::conv_transpose2d::ConvTranspose2d;

impl Eval for ConvTranspose2d {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let bias = io.x(2);
        let mut inner = Io { inputs: &io.inputs[..2], outputs: &mut *io.outputs, step: io.step };
        self.convolution().eval(&mut inner);
        let pixels = self.size.0 * self.size.1;
        for (plane, &bias) in io.y(0).chunks_exact_mut(pixels).zip(bias.iter().cycle()) {
            for y in plane {
                *y += bias;
            }
        }
    }
}
