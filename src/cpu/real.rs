//! f32 and f64 as one.

use std::{
    cell::RefCell,
    iter::Sum,
    ops::{Add, AddAssign, Div, DivAssign, Mul, Neg, Sub},
};

use super::{Io, functions, gemm};
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
    /// eˣ. It, `tanh`, `sigmoid` and `erf` are SIMD in f32, within a few units in the last place.
    fn exp(self) -> Self;
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

    /// c\[m, n\] = a\[m, k\] · b\[k, n\] + beta · c; strides are (row, column), in elements, of c only the rows'.
    fn gemm(
        size: (usize, usize, usize),
        a: (&[Self], (usize, usize)),
        b: (&[Self], (usize, usize)),
        beta: Self,
        c: (&mut [Self], usize),
    );

    /// Lends this thread's scratch memory, at least `len` long, with whatever was left in it: an op that
    /// needs some takes it here, so that a step allocates nothing.
    fn scratch<R>(len: usize, f: impl FnOnce(&mut [Self]) -> R) -> R;

    /// Computes an op in this precision.
    fn eval(op: &dyn Op, io: &mut Io<'_, Self>);
}

macro_rules! real {
    ($t:ident, $gemm:path, $functions:ident, $eval:ident) => {
        impl Real for $t {
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $t
            }

            #[inline(always)]
            fn f64(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn exp(self) -> Self {
                $functions::exp(self)
            }

            #[inline(always)]
            fn ln(self) -> Self {
                <$t>::ln(self)
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                <$t>::sqrt(self)
            }

            #[inline(always)]
            fn tanh(self) -> Self {
                $functions::tanh(self)
            }

            #[inline(always)]
            fn sigmoid(self) -> Self {
                $functions::sigmoid(self)
            }

            #[inline(always)]
            fn erf(self) -> Self {
                $functions::erf(self)
            }

            fn gemm(
                (m, k, n): (usize, usize, usize),
                (a, sa): (&[Self], (usize, usize)),
                (b, sb): (&[Self], (usize, usize)),
                beta: Self,
                (c, sc): (&mut [Self], usize),
            ) {
                // One by one: a browser's `usize` holds no product of three.
                if m == 0 || k == 0 || n == 0 {
                    return;
                }
                let reach = |rows: usize, columns: usize, s: (usize, usize)| (rows - 1) * s.0 + (columns - 1) * s.1;
                assert!(a.len() > reach(m, k, sa) && b.len() > reach(k, n, sb) && c.len() > reach(m, n, (sc, 1)) && sc >= n);
                if m == 1 && gemm::row(k, (a, sa), (b, sb), beta, &mut c[..n]) {
                    return;
                }
                #[cfg(target_arch = "wasm32")]
                if $functions::shared((m, k, n), (a, sa), (b, sb), beta, (&mut *c, sc)) {
                    return;
                }
                gemm::parts((m, k, n), (c, sc), |(row, column), (rows, columns), c| {
                    let (a, b) = (&a[row * sa.0..], &b[column * sb.1..]);
                    // SAFETY: the assertion keeps every access of the three matrices inside its slice.
                    unsafe {
                        $gemm(
                            rows, k, columns, 1.0,
                            a.as_ptr(), sa.0 as isize, sa.1 as isize,
                            b.as_ptr(), sb.0 as isize, sb.1 as isize,
                            beta,
                            c, sc as isize, 1,
                        );
                    }
                });
            }

            fn scratch<R>(len: usize, f: impl FnOnce(&mut [Self]) -> R) -> R {
                thread_local!(static SCRATCH: RefCell<Vec<Vec<$t>>> = const { RefCell::new(Vec::new()) });
                let mut scratch = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
                if scratch.len() < len {
                    scratch.resize(len, 0.0);
                }
                let result = f(&mut scratch[..len]);
                SCRATCH.with_borrow_mut(|all| all.push(scratch));
                result
            }

            fn eval(op: &dyn Op, io: &mut Io<'_, Self>) {
                op.$eval(io);
            }
        }
    };
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::blocked::sgemm;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use matrixmultiply::sgemm;

real!(f32, sgemm, functions, eval_f32);
#[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
real!(f64, matrixmultiply::dgemm, exact, eval_f64);

/// The functions of f64.
#[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
mod exact {
    /// Helpers compute in f32 only.
    #[cfg(target_arch = "wasm32")]
    pub fn shared<A, C>(_: (usize, usize, usize), _: A, _: A, _: f64, _: C) -> bool {
        false
    }

    pub use libm::erf;

    pub fn exp(x: f64) -> f64 {
        x.exp()
    }

    pub fn tanh(x: f64) -> f64 {
        x.tanh()
    }

    pub fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + exp(-x))
    }
}
