//! The matrix product of one thread, for all of them.

use super::pool::{Shared, each, threads};

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

/// Calls `f(row, column, rows, columns, c)` for every part of c, in parallel; c points at the part.
pub fn parts<T: Send + Sync>(
    size: (usize, usize, usize),
    (c, stride): (&mut [T], usize),
    f: impl Fn((usize, usize), (usize, usize), *mut T) + Sync,
) {
    let ((m, _, n), (rows, columns)) = (size, cut(size));
    let (across, c) = (n.div_ceil(columns), Shared::new(c));
    each(m.div_ceil(rows) * across, |task| {
        let (row, column) = (task / across * rows, task % across * columns);
        // SAFETY: the caller's matrix has the part, which is no other task's.
        let c = unsafe { c.pointer().add(row * stride + column) };
        f((row, column), (rows.min(m - row), columns.min(n - column)), c);
    });
}
