//! The matrix product of one thread, for all of them; and that of a single row, which needs no tiles.

use super::{
    Real,
    pool::{each, threads},
    sum_over,
};

/// Products that a task should have at least: some 10 µs natively, 100 µs in a browser.
const PER_TASK: usize = 1 << 19;
/// Ranges of rows and columns are multiples of this, which is one of the tiles of the kernels.
const TILE: usize = 16;

/// How many rows and columns of c a task computes: the sums that make an element are never cut, so it does not matter
/// for the result.
pub fn cut((m, k, n): (usize, usize, usize)) -> (usize, usize) {
    let tasks = threads().min(m * k * n / PER_TASK);
    if tasks < 2 {
        return (m, n);
    }
    // What is not cut is packed once a task: the smaller matrix.
    let part = |size: usize| size.div_ceil(tasks).next_multiple_of(TILE).min(size);
    if m > n { (part(m), n) } else { (m, part(n)) }
}

/// A pointer that threads may share, because each uses other elements.
#[derive(Clone, Copy)]
struct Shared<T>(*mut T);

// SAFETY: who uses it sees to it that no element is used twice.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn pointer(&self) -> *mut T {
        self.0
    }
}

/// Calls `f(row, column, rows, columns, c)` for every part of c, in parallel; c points at the part.
pub fn parts<T: Send + Sync>(
    size: (usize, usize, usize),
    (c, stride): (&mut [T], usize),
    f: impl Fn((usize, usize), (usize, usize), *mut T) + Sync,
) {
    let ((m, _, n), (rows, columns)) = (size, cut(size));
    let (across, c) = (n.div_ceil(columns), Shared(c.as_mut_ptr()));
    each(m.div_ceil(rows) * across, |task| {
        let (row, column) = (task / across * rows, task % across * columns);
        // SAFETY: the caller's matrix has the part, which is no other task's.
        let c = unsafe { c.pointer().add(row * stride + column) };
        f((row, column), (rows.min(m - row), columns.min(n - column)), c);
    });
}

/// A matrix with its strides, as [`Real::gemm`] takes it.
type Matrix<'a, T> = (&'a [T], (usize, usize));

/// c\[n\] = a\[k\] · b\[k, n\] + beta · c, each number of b being used once: packing it would take longer than the
/// product. False where neither rows nor columns of b are adjacent.
pub fn row<T: Real>(k: usize, (a, (_, step)): Matrix<T>, (b, strides): Matrix<T>, beta: T, c: &mut [T]) -> bool {
    let n = c.len();
    match strides {
        (stride, 1) => {
            if beta == T::default() {
                c.fill(beta);
            } else if beta != T::of(1.0) {
                c.iter_mut().for_each(|c| *c = *c * beta);
            }
            for (p, &a) in a.iter().step_by(step).take(k).enumerate() {
                for (c, &b) in c.iter_mut().zip(&b[p * stride..][..n]) {
                    *c += a * b;
                }
            }
        }
        (1, stride) if step == 1 => {
            for (j, c) in c.iter_mut().enumerate() {
                let dot = sum_over(&a[..k], &b[j * stride..][..k], |a, b| a * b);
                *c = if beta == T::default() { dot } else { beta * *c + dot };
            }
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::cpu::Real;

    #[test]
    fn a_row_is_as_a_row_of_many() {
        let numbers = |count: usize| (0..count).map(|i| ((i * 37) % 9) as f64 - 4.0).collect::<Vec<_>>();
        let (k, n) = (37, 29);
        let (a, b) = (numbers(2 * k), numbers(k * n));
        for strides in [(n, 1), (1, k)] {
            for beta in [0.0, 1.0, 0.5] {
                let [mut one, mut two] = [vec![3.0; n], vec![3.0; 2 * n]];
                f64::gemm((1, k, n), (&a, (k, 1)), (&b, strides), beta, (&mut one, n));
                f64::gemm((2, k, n), (&a, (k, 1)), (&b, strides), beta, (&mut two, n));
                assert_eq!(one, two[..n], "{strides:?}, beta {beta}");
            }
        }
    }
}
