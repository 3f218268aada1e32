//! `reparameterize`: a draw from a normal distribution through which gradients flow.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, groups_1d},
};

kernel!(REPARAMETERIZE, "latent/reparameterize");
kernel!(REPARAMETERIZE_GRAD, "latent/reparameterize_grad");

/// z = μ + exp(v / 2) · noise (Kingma and Welling, 2014). Inputs: \[batch, 2n\], a sample's n means μ, then its n
/// logarithms of variances v; and noise \[batch, n\], which gets no gradient. Output: \[batch, n\].
#[derive(Clone, Debug)]
pub struct Reparameterize;

/// dx \[batch, 2n\] from dz, x and noise.
#[derive(Clone, Debug)]
pub struct ReparameterizeGrad;

/// The type of z.
fn halved(x: &Type) -> Result<Type, String> {
    match x.shape.0[..] {
        [batch, columns] if columns.is_multiple_of(2) => Ok(Type::f32([batch, columns / 2])),
        _ => Err("expected [batch, 2 n]: means, then logarithms of variances".into()),
    }
}

fn call(kernel: &'static crate::kernels::Kernel, inputs: usize, written: &Shape, size: usize) -> Lowering {
    let count = written.count();
    let constants = [("COUNT", count.into()), ("SIZE", size.into())];
    Lowering::Kernel(Call::new(kernel, inputs, 1, groups_1d(count)).with(constants))
}

impl Op for Reparameterize {
    fn name(&self) -> &'static str {
        "reparameterize"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, noise] = operands::<2>(inputs)?;
        let z = halved(x)?;
        if *noise != z {
            return Err(format!("the noise must be {}", z.shape));
        }
        Ok(vec![z])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dz) = dy[0] else { return Ok(vec![None, None]) };
        Ok(vec![Some(g.apply1(ReparameterizeGrad, &[dz, node.inputs[0], node.inputs[1]])?), None])
    }

    fn lower(&self, _: &[Type], outputs: &[Type]) -> Lowering {
        call(&REPARAMETERIZE, 2, &outputs[0].shape, outputs[0].shape.last())
    }
}

impl Op for ReparameterizeGrad {
    fn name(&self) -> &'static str {
        "reparameterize_grad"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [dz, x, noise] = operands::<3>(inputs)?;
        let z = halved(x)?;
        if *dz != z || *noise != z {
            return Err(format!("dz and the noise must be {}", z.shape));
        }
        Ok(vec![x.clone()])
    }

    fn lower(&self, inputs: &[Type], outputs: &[Type]) -> Lowering {
        call(&REPARAMETERIZE_GRAD, 3, &outputs[0].shape, inputs[0].shape.last())
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (batch, n) in [(1, 1), (7, 13)] {
        cases.extend([
            Case::new(Reparameterize, [&[batch, 2 * n], &[batch, n]]),
            Case::new(ReparameterizeGrad, [&[batch, n], &[batch, 2 * n], &[batch, n]]),
        ]);
    }
    cases
}
