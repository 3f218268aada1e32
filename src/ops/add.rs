//! `add`: y = a + b, element by element. Autodiff adds gradients with it where a value is used twice.

use super::{Case, Lowering, Op, same_shape};
use crate::{
    error::Result,
    graph::{Graph, Node, Type, ValueId},
    kernel,
    kernels::{Index, Pointwise},
};

kernel!(ADD, "pointwise/add");

/// y = a + b. Shapes: any, any the same → the same.
#[derive(Clone, Debug)]
pub struct Add;

impl Op for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        same_shape(inputs)
    }

    fn grad(&self, _: &mut Graph, _: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        Ok(vec![dy[0], dy[0]])
    }

    fn lower(&self, _: &[Type], _: &[Type]) -> Lowering {
        Lowering::Pointwise(Pointwise::same(&ADD, 2, "add({0}, {1})"))
    }
}

/// The function that adds a bias to a kernel's value: operand 1 has one number a channel.
pub fn bias(inner: usize, channels: usize) -> Pointwise {
    let mut add = Pointwise::same(&ADD, 2, "add({0}, {1})");
    add.operands[1] = Index::Channel { inner, channels };
    add
}

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(Add, [&[1], &[1]]), Case::new(Add, [&[3, 5, 7], &[3, 5, 7]])]
}
