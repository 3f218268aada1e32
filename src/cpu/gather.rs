//! Twin of `src/ops/gather.rs`.

use super::{Eval, Io, Real};
use crate::ops::gather::{Element, Gather};

impl Eval for Gather {
    fn eval<T: Real>(&self, io: &mut Io<'_, T>) {
        let order = io.ints(2);
        let scale = T::of(255.0);
        for (column, pick) in self.picks.iter().enumerate() {
            let size = pick.shape.count();
            for row in 0..self.batch {
                // Past the end of an epoch, any sample does: step.rows keeps it out of the loss.
                let sample = order[(io.step.cursor as usize + row).min(order.len() - 1)] as usize;
                let from = sample * pick.stride + pick.offset;
                let (from, to) = (from..from + size, row * size..(row + 1) * size);
                match pick.element {
                    Element::Pixel => {
                        let bytes = &io.bytes(column)[from];
                        for (y, &byte) in io.y(column)[to].iter_mut().zip(bytes) {
                            *y = T::of(byte.into()) / scale;
                        }
                    }
                    Element::Class => {
                        let bytes = &io.bytes(column)[from];
                        for (y, &byte) in io.ints_mut(column)[to].iter_mut().zip(bytes) {
                            *y = byte.into();
                        }
                    }
                    Element::Number => {
                        let numbers = &io.x(column)[from];
                        io.y(column)[to].copy_from_slice(numbers);
                    }
                }
            }
        }
    }
}
