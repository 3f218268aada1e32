//! Work on all cores. What is computed does not depend on how many there are: tasks write what no other task writes, and
//! no sum is cut by the number of threads.

use std::{
    cell::UnsafeCell,
    ops::Range,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

/// How often a worker looks for work before it sleeps: about 100 µs. The next op of a step comes sooner.
#[cfg(not(target_arch = "wasm32"))]
const LOOKS: usize = 3000;

type Task<'a> = &'a (dyn Fn(usize) + Sync);

/// The threads that help, and what they help with.
struct Pool {
    /// 1 while there is a job, and 2 for each worker at it.
    gate: AtomicUsize,
    job: UnsafeCell<Option<Task<'static>>>,
    tasks: AtomicUsize,
    next: AtomicUsize,
    /// Whether somebody's job is being done; another one's is then done by its own thread alone.
    busy: AtomicBool,
    failed: AtomicBool,
    #[cfg(not(target_arch = "wasm32"))]
    workers: AtomicUsize,
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
}

// SAFETY: `job` is written while the gate is closed and nobody is inside, and read by those who went through it.
unsafe impl Sync for Pool {}

static POOL: Pool = Pool {
    gate: AtomicUsize::new(0),
    job: UnsafeCell::new(None),
    tasks: AtomicUsize::new(0),
    next: AtomicUsize::new(0),
    busy: AtomicBool::new(false),
    failed: AtomicBool::new(false),
    #[cfg(not(target_arch = "wasm32"))]
    workers: AtomicUsize::new(0),
    sleepers: AtomicUsize::new(0),
    lock: Mutex::new(()),
    wake: Condvar::new(),
};

/// Closes the gate and waits until nobody is inside, even if the task panicked.
struct Open<'a>(&'a Pool);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.gate.fetch_and(!1, SeqCst);
        while self.0.gate.load(SeqCst) != 0 {
            std::hint::spin_loop();
        }
        self.0.busy.store(false, SeqCst);
    }
}

impl Pool {
    fn run(&self, tasks: usize, task: Task<'_>) {
        if tasks < 2 || self.busy.swap(true, SeqCst) {
            return (0..tasks).for_each(task);
        }
        // SAFETY: the reference outlives its use: `Open` waits for all who got it. Nobody reads it now: the gate is closed.
        unsafe { *self.job.get() = Some(std::mem::transmute::<Task<'_>, Task<'static>>(task)) };
        self.tasks.store(tasks, SeqCst);
        self.next.store(0, SeqCst);
        self.gate.store(1, SeqCst);
        let open = Open(self);
        if self.sleepers.load(SeqCst) > 0 {
            // Not `lock`: a browser's main thread must not wait. Nobody keeps it for long.
            let _awake = loop {
                match self.lock.try_lock() {
                    Ok(guard) => break guard,
                    Err(_) => std::hint::spin_loop(),
                }
            };
            self.wake.notify_all();
        }
        self.take_part(task);
        drop(open);
        assert!(!self.failed.swap(false, SeqCst), "a task of the CPU engine panicked");
    }

    /// Does tasks until all are taken.
    fn take_part(&self, task: Task<'_>) {
        let tasks = self.tasks.load(SeqCst);
        loop {
            let index = self.next.fetch_add(1, SeqCst);
            if index >= tasks {
                return;
            }
            task(index);
        }
    }
}

/// What workers do.
#[cfg(not(target_arch = "wasm32"))]
impl Pool {
    /// Goes in, if there is something to do.
    fn enter(&self) -> bool {
        let gate = self.gate.load(SeqCst);
        gate & 1 == 1
            && self.next.load(SeqCst) < self.tasks.load(SeqCst)
            && self.gate.compare_exchange(gate, gate + 2, SeqCst, SeqCst).is_ok()
    }

    /// What a worker does for ever.
    fn work(&self) -> ! {
        loop {
            let mut looks = 0;
            while !self.enter() {
                looks += 1;
                if looks < LOOKS {
                    std::hint::spin_loop();
                } else if self.sleep().is_some() {
                    looks = 0;
                }
            }
            // SAFETY: this worker is inside.
            if let Some(task) = unsafe { *self.job.get() } {
                let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.take_part(task)));
                self.failed.fetch_or(done.is_err(), SeqCst);
            }
            self.gate.fetch_sub(2, SeqCst);
        }
    }

    /// Sleeps until there is a job.
    fn sleep(&self) -> Option<()> {
        let mut guard = self.lock.lock().ok()?;
        self.sleepers.fetch_add(1, SeqCst);
        while self.gate.load(SeqCst) & 1 == 0 {
            guard = self.wake.wait(guard).ok()?;
        }
        self.sleepers.fetch_sub(1, SeqCst);
        Some(())
    }
}

/// Threads that compute, this one included. The first call starts them.
#[cfg(not(target_arch = "wasm32"))]
pub fn threads() -> usize {
    static START: std::sync::Once = std::sync::Once::new();
    START.call_once(|| {
        let others = std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1);
        for _ in 0..others {
            let worker = std::thread::Builder::new().name("trainyard-cpu".into()).spawn(|| POOL.work());
            POOL.workers.fetch_add(usize::from(worker.is_ok()), SeqCst);
        }
    });
    1 + POOL.workers.load(SeqCst)
}

/// Threads that compute: in a browser, more than one would need shared memory, which few pages have.
#[cfg(target_arch = "wasm32")]
pub const fn threads() -> usize {
    1
}

/// Calls `task` with every number below `tasks`, on all threads; returns when all is done.
pub fn each(tasks: usize, task: impl Fn(usize) + Sync) {
    if threads() < 2 {
        // Apart, so that a lone thread's loops are compiled as if there were no pool.
        return (0..tasks).for_each(task);
    }
    POOL.run(tasks, &task);
}

/// A pointer that threads may share, because each uses other elements.
#[derive(Clone, Copy)]
pub(super) struct Shared<T>(*mut T);

// SAFETY: who uses it sees to it that no element is used twice.
unsafe impl<T: Send> Sync for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Shared<T> {}

impl<T> Shared<T> {
    pub fn new(to: &mut [T]) -> Self {
        Self(to.as_mut_ptr())
    }

    pub fn pointer(&self) -> *mut T {
        self.0
    }
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
    let size = items.div_ceil(wanted).max(least).max(1);
    if size >= items {
        return f(0..items, outputs);
    }
    let parts = outputs.map(|output| (output.len() / items, Shared::new(output)));
    each(items.div_ceil(size), |task| {
        let range = task * size..items.min((task + 1) * size);
        // SAFETY: ranges are disjoint and within the items.
        let part = |(per_item, output): &(usize, Shared<T>)| unsafe {
            std::slice::from_raw_parts_mut(output.pointer().add(range.start * per_item), range.len() * per_item)
        };
        f(range.clone(), std::array::from_fn(|i| part(&parts[i])));
    });
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
