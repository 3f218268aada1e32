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
kernel!(MATMUL_TILED, "matmul/tiled", "matmul/matmul_tiled");
kernel!(MATMUL_SPLIT, "matmul/split", "matmul/matmul_split");

/// The variants of a product.
pub(super) struct Variants {
    pub(super) subgroup: &'static Kernel,
    pub(super) tiled: &'static Kernel,
    pub(super) split: &'static Kernel,
}

pub(super) static VARIANTS: Variants =
    Variants { subgroup: &MATMUL_SUBGROUP, tiled: &MATMUL_TILED, split: &MATMUL_SPLIT };

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
        VARIANTS.calls(self.sizes(&inputs[0], &inputs[1]), (self.transpose_a, self.transpose_b), target)
    }

    fn flops(&self, inputs: &[Type], _: &[Type]) -> u64 {
        let (m, k, n) = self.sizes(&inputs[0], &inputs[1]);
        2 * (m * k) as u64 * n as u64 // usize has 32 bits in a browser
    }
}

/// The matmul kernel on an op's first two operands.
pub(super) fn call(sizes: (usize, usize, usize), transpose_a: bool, transpose_b: bool) -> Call {
    let (m, _, n) = sizes;
    let lanes = lanes(n);
    Call::new(&MATMUL, 2, 1, tile_groups((n, 4 * lanes), (m, 256 / lanes), 1))
        .with(strided(sizes, (transpose_a, transpose_b)))
        .with([("LANES", lanes.into())])
}

/// Sizes, and how far apart the operands' elements lie.
fn strided((m, k, n): (usize, usize, usize), (transpose_a, transpose_b): (bool, bool)) -> [(&'static str, Number); 7] {
    let (a_m, a_k) = if transpose_a { (1, m) } else { (k, 1) };
    let (b_k, b_n) = if transpose_b { (1, k) } else { (n, 1) };
    [("M", m), ("N", n), ("K", k), ("A_M", a_m), ("A_K", a_k), ("B_K", b_k), ("B_N", b_n)]
        .map(|(name, size)| (name, size.into()))
}

/// Blocks from which on a GPU has enough to do to share operands in workgroup memory rather than in subgroups.
const MANY: usize = 32;

/// Blocks of `shaders/matmul/tiled.wgsl`.
fn blocks((m, _, n): (usize, usize, usize)) -> usize {
    m.div_ceil(64) * n.div_ceil(64)
}

impl Variants {
    /// The kernels on an op's first two operands, where they can serve: first what is best for long sums on a GPU, which few
    /// results leave idle. Software adapters are slow at barriers: there those with them are no guess.
    pub(super) fn calls(&self, sizes: (usize, usize, usize), transposed: (bool, bool), target: &Target) -> Vec<Call> {
        let subgroup = self.subgroup(sizes, transposed, target);
        let [split, tiled] =
            [Self::split, Self::tiled].map(|of| of(self, sizes, transposed).map(|call| call.with_barriers(target)));
        let [first, second] = if blocks(sizes) >= MANY { [tiled, subgroup] } else { [subgroup, tiled] };
        [split, first, second].into_iter().flatten().collect()
    }

    /// `shaders/matmul/subgroup.wgsl`
    pub(super) fn subgroup(
        &self,
        (m, k, n): (usize, usize, usize),
        (transpose_a, transpose_b): (bool, bool),
        target: &Target,
    ) -> Option<Call> {
        // All loads are of four numbers.
        let multiples = k % 4 == 0 && n % 4 == 0 && (!transpose_a || m % 4 == 0);
        let lanes = target.lanes(n / 4, m, target.fours(m, n / 4)).filter(|_| multiples && m >= 4)?;
        let sizes =
            [("M", m), ("N", n), ("K", k), ("TRANSPOSE_A", transpose_a.into()), ("TRANSPOSE_B", transpose_b.into())];
        let layout = [("ACROSS", lanes.across), ("DOWN", lanes.down), ("FOURS", lanes.fours)];
        let groups = tile_groups((n, 4 * lanes.across), (m, 4 * lanes.fours * lanes.down), 1);
        let constants = sizes.into_iter().chain(layout).map(|(name, size)| (name, Number::from(size)));
        Some(Call::new(self.subgroup, 2, 1, groups).with(constants))
    }

    /// `shaders/matmul/tiled.wgsl`: for what fills a good part of a block.
    fn tiled(&self, sizes: (usize, usize, usize), transposed: (bool, bool)) -> Option<Call> {
        let (m, k, n) = sizes;
        if m.min(n).min(k) < 16 {
            return None;
        }
        let down = m.div_ceil(8).next_power_of_two().min(8);
        let call = Call::new(self.tiled, 2, 1, tile_groups((n, 64), (m, 8 * down), 1));
        Some(call.with(strided(sizes, transposed)).with([("DOWN", down.into())]))
    }

    /// `shaders/matmul/split.wgsl`: for sums that are much longer than there are of them.
    fn split(&self, sizes: (usize, usize, usize), transposed: (bool, bool)) -> Option<Call> {
        let (m, k, n) = sizes;
        let lanes = n.div_ceil(4).next_power_of_two().min(8);
        if m.saturating_mul(n) > 1 << 16 || k < 64 || k < 2 * (64 / lanes) {
            return None;
        }
        let call = Call::new(self.split, 2, 1, tile_groups((n, 4 * lanes), (m, 4), 1));
        Some(call.with(strided(sizes, transposed)).with([("LANES", lanes.into())]))
    }
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
        // More than a block of workgroup memory, and long sums of few numbers.
        Case::new(op(false, false), [&[67, 35], &[35, 130]]),
        Case::new(op(false, true), [&[19, 67], &[23, 67]]),
        Case::new(op(true, false), [&[131, 9], &[131, 5]]),
        Case::new(op(true, true), [&[71, 65], &[33, 71]]),
        Case::new(op(false, true), [&[3, 301], &[1, 301]]),
    ]
}
