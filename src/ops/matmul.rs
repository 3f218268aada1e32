//! `matmul`: y = a · b, either operand transposed or not.

use super::{Case, Lowering, Op, operands};
use crate::{
    error::Result,
    graph::{Graph, Node, Shape, Type, ValueId},
    kernel,
    kernels::{Call, Kernel, Number, Target, tile_groups},
};

kernel!(MATMUL, "matmul/matmul");
kernel!(MATMUL_SUBGROUP, "matmul/subgroup", "matmul/matmul_subgroup");

/// y\[m, n\] = Σₖ a\[m, k\] · b\[k, n\]. A matrix that is not transposed may have several leading
/// dimensions: they count as rows. Shapes: \[…, k\] and \[k, n\] → \[…, n\].
#[derive(Clone, Debug, Default)]
pub struct Matmul {
    /// `a` is given as \[k, m\].
    pub transpose_a: bool,
    /// `b` is given as \[n, k\].
    pub transpose_b: bool,
}

/// Rows and columns of an operand after transposition.
fn matrix(ty: &Type, transpose: bool) -> (usize, usize) {
    let (rows, columns) = (ty.shape.rows(), ty.shape.last());
    if transpose { (columns, rows) } else { (rows, columns) }
}

impl Matmul {
    fn sizes(&self, a: &Type, b: &Type) -> (usize, usize, usize) {
        let (m, k) = matrix(a, self.transpose_a);
        (m, k, matrix(b, self.transpose_b).1)
    }
}

impl Op for Matmul {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [a, b] = operands::<2>(inputs)?;
        if a.shape.rank() < 2 || b.shape.rank() < 2 {
            return Err("operands must be matrices".into());
        }
        let ((m, k), (rows, n)) = (matrix(a, self.transpose_a), matrix(b, self.transpose_b));
        if k != rows {
            return Err(format!("inner sizes {k} and {rows} must be equal"));
        }
        let mut shape = a.shape.0.clone();
        if self.transpose_a {
            shape = vec![m, n];
        } else {
            shape.pop();
            shape.push(n);
        }
        Ok(vec![Type::f32(Shape(shape))])
    }

    fn grad(&self, g: &mut Graph, node: &Node, dy: &[Option<ValueId>]) -> Result<Vec<Option<ValueId>>> {
        let Some(dy) = dy[0] else { return Ok(vec![None, None]) };
        let (a, b) = (node.inputs[0], node.inputs[1]);
        let product = |transpose_a, transpose_b| Matmul { transpose_a, transpose_b };
        let da = if self.transpose_a {
            g.apply1(product(self.transpose_b, true), &[b, dy])?
        } else {
            g.apply1(product(false, !self.transpose_b), &[dy, b])?
        };
        let db = if self.transpose_b {
            g.apply1(product(true, self.transpose_a), &[dy, a])?
        } else {
            g.apply1(product(!self.transpose_a, false), &[a, dy])?
        };
        Ok(vec![Some(da), Some(db)])
    }

    fn lower(&self, inputs: &[Type], _: &[Type]) -> Lowering {
        let (m, k, n) = self.sizes(&inputs[0], &inputs[1]);
        Lowering::Kernel(call((m, k, n), self.transpose_a, self.transpose_b))
    }

    fn variants(&self, inputs: &[Type], _: &[Type], target: &Target) -> Vec<Call> {
        variants(&MATMUL_SUBGROUP, self.sizes(&inputs[0], &inputs[1]), (self.transpose_a, self.transpose_b), target)
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        let (m, k, n) = self.sizes(&inputs[0], &inputs[1]);
        2 * (m * k) as u64 * n as u64 // usize has 32 bits in a browser
    }
}

/// The matmul kernel on an op's first two operands.
pub(super) fn call((m, k, n): (usize, usize, usize), transpose_a: bool, transpose_b: bool) -> Call {
    let lanes = lanes(n);
    let (a_m, a_k) = if transpose_a { (1, m) } else { (k, 1) };
    let (b_k, b_n) = if transpose_b { (1, k) } else { (n, 1) };
    let sizes =
        [("M", m), ("N", n), ("K", k), ("A_M", a_m), ("A_K", a_k), ("B_K", b_k), ("B_N", b_n), ("LANES", lanes)];
    let mut call = Call::new(&MATMUL, 2, 1, tile_groups((n, 4 * lanes), (m, 256 / lanes), 1));
    call.constants = sizes.map(|(name, size)| (name, Number::from(size))).into();
    call
}

/// A kernel of `shaders/matmul/subgroup.wgsl` on an op's first two operands, where it can serve.
pub(super) fn variants(
    kernel: &'static Kernel,
    (m, k, n): (usize, usize, usize),
    (transpose_a, transpose_b): (bool, bool),
    target: &Target,
) -> Vec<Call> {
    // All loads are of four numbers.
    let fours = k % 4 == 0 && n % 4 == 0 && (!transpose_a || m % 4 == 0);
    let Some(lanes) = target.lanes(n / 4, m.div_ceil(8)).filter(|_| fours && m >= 4) else { return Vec::new() };
    let sizes =
        [("M", m), ("N", n), ("K", k), ("TRANSPOSE_A", transpose_a.into()), ("TRANSPOSE_B", transpose_b.into())];
    let layout = [("ACROSS", lanes.across), ("DOWN", lanes.down), ("SHARE", lanes.share)];
    let mut call = Call::new(kernel, 2, 1, tile_groups((n, 4 * lanes.across), (m, 8 * lanes.down), 1));
    call.constants = sizes.into_iter().chain(layout).map(|(name, size)| (name, Number::from(size))).collect();
    vec![call]
}

/// Invocations side by side along the columns: enough for four columns each, at most 32.
pub(super) fn lanes(columns: usize) -> usize {
    columns.div_ceil(4).next_power_of_two().clamp(4, 32)
}

pub(super) fn cases() -> Vec<Case> {
    let op = |transpose_a, transpose_b| Matmul { transpose_a, transpose_b };
    vec![
        Case::new(op(false, false), [&[1, 1], &[1, 1]]),
        Case::new(op(false, false), [&[37, 61], &[61, 29]]),
        Case::new(op(false, false), [&[2, 3, 17], &[17, 131]]),
        Case::new(op(false, true), [&[5, 7], &[67, 7]]),
        Case::new(op(true, false), [&[7, 5], &[7, 11]]),
        Case::new(op(true, true), [&[13, 3], &[5, 13]]),
        // Multiples of four, not of a tile: kernels with subgroups.
        Case::new(op(false, false), [&[37, 60], &[60, 36]]),
        Case::new(op(false, true), [&[7, 12], &[132, 12]]),
        Case::new(op(true, false), [&[28, 20], &[28, 44]]),
        Case::new(op(true, true), [&[12, 68], &[52, 12]]),
    ]
}
