//! f32 and f64 as one.

use std::{
    cell::RefCell,
    iter::Sum,
    ops::{Add, AddAssign, Div, DivAssign, Mul, Neg, Sub},
};

use super::Io;
use crate::ops::Op;

/// A float: what the twins compute with.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + std::fmt::Debug
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + DivAssign
    + Sum
{
    /// From an f64, rounded.
    fn of(x: f64) -> Self;
    /// To an f64, exact.
    fn f64(self) -> f64;
    /// eˣ
    fn exp(self) -> Self;
    /// eˣ of each, within 2 units in the last place. In f32 in a form that is SIMD; there, less than −87 counts as −87.
    fn exp_all(numbers: &mut [Self]);
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// 1 / (1 + e⁻ˣ)
    fn sigmoid(self) -> Self;
    /// Error function.
    fn erf(self) -> Self;

    /// c\[m, n\] = a\[m, k\] · b\[k, n\] + beta · c; strides are (row, column), in elements.
    fn gemm(
        size: (usize, usize, usize),
        a: (&[Self], (usize, usize)),
        b: (&[Self], (usize, usize)),
        beta: Self,
        c: &mut [Self],
    );

    /// Lends this thread's scratch memory, at least `len` long, with whatever was left in it: an op that
    /// needs some takes it here, so that a step allocates nothing. Not to be nested.
    fn scratch<R>(len: usize, f: impl FnOnce(&mut [Self]) -> R) -> R;

    /// Computes an op in this precision.
    fn eval(op: &dyn Op, io: &mut Io<'_, Self>);
}

macro_rules! real {
    ($t:ident, $gemm:path, $exp:path, $erf:path, $eval:ident) => {
        impl Real for $t {
            fn of(x: f64) -> Self {
                x as $t
            }

            fn f64(self) -> f64 {
                f64::from(self)
            }

            fn exp(self) -> Self {
                <$t>::exp(self)
            }

            fn exp_all(numbers: &mut [Self]) {
                for x in numbers {
                    *x = $exp(*x);
                }
            }

            fn ln(self) -> Self {
                <$t>::ln(self)
            }

            fn sqrt(self) -> Self {
                <$t>::sqrt(self)
            }

            fn tanh(self) -> Self {
                <$t>::tanh(self)
            }

            fn sigmoid(self) -> Self {
                1.0 / (1.0 + (-self).exp())
            }

            fn erf(self) -> Self {
                $erf(self)
            }

            fn gemm(
                (m, k, n): (usize, usize, usize),
                (a, sa): (&[Self], (usize, usize)),
                (b, sb): (&[Self], (usize, usize)),
                beta: Self,
                c: &mut [Self],
            ) {
                if m * k * n == 0 {
                    return;
                }
                let reach = |rows: usize, columns: usize, s: (usize, usize)| (rows - 1) * s.0 + (columns - 1) * s.1;
                assert!(a.len() > reach(m, k, sa) && b.len() > reach(k, n, sb) && c.len() >= m * n);
                // SAFETY: the assertion keeps every access of the three matrices inside its slice.
                unsafe {
                    $gemm(
                        m, k, n, 1.0,
                        a.as_ptr(), sa.0 as isize, sa.1 as isize,
                        b.as_ptr(), sb.0 as isize, sb.1 as isize,
                        beta,
                        c.as_mut_ptr(), n as isize, 1,
                    );
                }
            }

            fn scratch<R>(len: usize, f: impl FnOnce(&mut [Self]) -> R) -> R {
                thread_local!(static SCRATCH: RefCell<Vec<$t>> = const { RefCell::new(Vec::new()) });
                SCRATCH.with_borrow_mut(|scratch| {
                    if scratch.len() < len {
                        scratch.resize(len, 0.0);
                    }
                    f(&mut scratch[..len])
                })
            }

            fn eval(op: &dyn Op, io: &mut Io<'_, Self>) {
                op.$eval(io);
            }
        }
    };
}

/// eˣ = 2ⁿ eʳ with |r| ≤ ½ ln 2, eʳ by its Taylor series: the next term is 5e-9. No branch and no call.
fn exp(x: f32) -> f32 {
    /// Added and subtracted, it rounds to a whole number, which is then in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 = 0.693359375 (few bits, so that n times it is exact) − 2.12194440e-4
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    let x = x.clamp(-87.0, 88.0);
    let sum = x * std::f32::consts::LOG2_E + ROUND;
    let n = sum - ROUND;
    let r = x - n * LN_2.0 - n * LN_2.1;
    let high = 1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)));
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * high)));
    series * f32::from_bits((sum.to_bits() << 23).wrapping_add(127 << 23))
}

real!(f32, matrixmultiply::sgemm, exp, libm::erff, eval_f32);
real!(f64, matrixmultiply::dgemm, f64::exp, libm::erf, eval_f64);

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn exponentials_are_exact_to_two_units() {
        let x: Vec<f32> = (-8700..8800).map(|i| i as f32 * 0.01 + 1e-4).collect();
        let mut y = x.clone();
        f32::exp_all(&mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let exact = f64::from(x).exp();
            let error = (f64::from(y) - exact).abs() / exact;
            assert!(error < 2.4e-7, "exp({x}) is {y}, off by {error:.1e}");
        }
    }
}
