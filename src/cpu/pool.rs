//! Work on all cores: rayon's threads natively, one in a browser. What is computed does not depend on how many there are:
//! tasks write what no other task writes, and no sum is cut by the number of threads.

use std::ops::Range;

#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;

/// Threads that compute, this one included.
#[cfg(not(target_arch = "wasm32"))]
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// Threads that compute: in a browser, more than one would need shared memory, which few pages have.
#[cfg(target_arch = "wasm32")]
pub const fn threads() -> usize {
    1
}

/// Calls `f` on one of the threads, from which the others are reached without a detour: for what shares out many small
/// jobs.
#[cfg(not(target_arch = "wasm32"))]
pub fn among<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| f())
}

/// Calls `f`: there is but one thread.
#[cfg(target_arch = "wasm32")]
pub fn among<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Calls `task` with every number below `tasks`, on all threads; returns when all is done.
pub fn each(tasks: usize, task: impl Fn(usize) + Sync) {
    #[cfg(not(target_arch = "wasm32"))]
    if tasks > 1 && threads() > 1 {
        return (0..tasks).into_par_iter().with_max_len(1).for_each(&task);
    }
    // Apart, so that a lone thread's loops are compiled as if there were no others.
    (0..tasks).for_each(task);
}

/// Cuts `items` items into ranges of at least `least` and calls `f` for each, on all threads, with the range's part of
/// every output; each output has equally many elements for an item.
pub fn share<T: Send, const N: usize>(
    outputs: [&mut [T]; N],
    items: usize,
    least: usize,
    f: impl Fn(Range<usize>, [&mut [T]; N]) + Sync,
) {
    // A few more ranges than threads: they do not all run at one speed.
    let wanted = if threads() > 1 { 3 * threads() } else { 1 };
    halve(0..items, items.div_ceil(wanted).max(least).max(1), outputs, &f);
}

/// As [`share`], in ranges of at most `size`.
fn halve<T: Send, const N: usize>(
    range: Range<usize>,
    size: usize,
    mut outputs: [&mut [T]; N],
    f: &(impl Fn(Range<usize>, [&mut [T]; N]) + Sync),
) {
    let items = range.len();
    if items <= size {
        return f(range, outputs);
    }
    let half = items.div_ceil(size) / 2 * size;
    let first = outputs.each_mut().map(|output| {
        let per_item = output.len() / items;
        output.split_off_mut(..half * per_item).unwrap_or_default()
    });
    let (left, right) = (range.start..range.start + half, range.start + half..range.end);
    both(|| halve(left, size, first, f), || halve(right, size, outputs, f));
}

#[cfg(not(target_arch = "wasm32"))]
fn both(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    rayon::join(a, b);
}

#[cfg(target_arch = "wasm32")]
fn both(a: impl FnOnce(), b: impl FnOnce()) {
    a();
    b();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once_and_jobs_do_not_mix() {
        // Jobs from several threads at once, and inside of each other.
        std::thread::scope(|scope| {
            for thread in 0..4u32 {
                scope.spawn(move || {
                    for round in 0..200u32 {
                        let (mut a, mut b) = (vec![0u32; 1001], vec![0u32; 3003]);
                        share([&mut a, &mut b], 1001, 7, |range, [a, b]| {
                            for ((a, b), item) in a.iter_mut().zip(b.as_chunks_mut::<3>().0).zip(range) {
                                share([&mut b[..]], 3, 1, |_, [b]| b.iter_mut().for_each(|b| *b += thread));
                                *a += item as u32 + round;
                            }
                        });
                        assert!(a.iter().zip(0..).all(|(&a, item)| a == item + round));
                        assert!(b.iter().all(|&b| b == thread));
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_comes_back() {
        let result = std::panic::catch_unwind(|| each(50, |task| assert!(task != 33, "on purpose")));
        assert!(result.is_err());
        each(50, |_| {});
    }
}
