//! Clipping by the global norm on the GPU: sums of squares, the factor that follows, and how kernels apply it.

use crate::{
    kernel,
    kernels::{Index, Link, Pointwise},
    ops::scale::SCALE,
};

kernel!(NORM, "optim/norm");
kernel!(CLIP, "optim/clip");

/// Workgroups of [`NORM`], each with a partial sum: 256 bytes of them, the alignment of a binding.
pub const PARTIALS: usize = 64;

/// Multiplies what an optimizer's kernel reads of the gradient by the one number bound after its own bindings.
pub fn link() -> Link {
    let one_number = Index::Channel { inner: 1, channels: 1 };
    let pointwise =
        Pointwise { kernel: &SCALE, call: "scale({0}, {1})".into(), operands: vec![Index::Same, one_number] };
    Link::first(pointwise)
}
