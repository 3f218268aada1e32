//! Products of big matrices on more than one thread, where the page may share memory with its workers (www/team.ts). Each
//! has its own instance of this module: operands and results go through memory that they share.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::cpu::Real;

/// Multiplications of a product that is worth it (measured in Chromium: more than 1 ms; 256 × 256 × 256 is not).
const ENOUGH: u64 = 1 << 25;
/// Its least dimension: a number that is copied to and fro takes 0.6 ns, and 1 ns in every 27 it is computed with.
const LEAST: usize = 128;

/// More tasks than a product is ever cut into.
const TASKS: usize = 16;

#[wasm_bindgen]
extern "C" {
    /// `Team` of www/team.ts.
    pub type Team;

    /// Whether others help with c\[m, n\] = a · b + beta · c.
    #[wasm_bindgen(method)]
    fn offer(this: &Team, size: &[usize], strides: &[usize], beta: f32, a: &[f32], b: &[f32], c: &[f32]) -> bool;

    /// Rows of a task.
    #[wasm_bindgen(method, getter)]
    fn rows(this: &Team) -> usize;

    /// A task for this thread; none is left where it is negative.
    #[wasm_bindgen(method)]
    fn take(this: &Team) -> i32;

    /// Waits for the others and copies their parts of c. A bit for each task that is left to be done.
    #[wasm_bindgen(method)]
    fn collect(this: &Team, c: &mut [f32]) -> u32;
}

thread_local!(static TEAM: RefCell<Option<Team>> = const { RefCell::new(None) });

/// From now on, this team helps.
#[wasm_bindgen]
pub fn join_team(team: Team) {
    TEAM.set(Some(team));
}

/// What helpers are made of.
#[wasm_bindgen]
pub fn engine_module() -> JsValue {
    wasm_bindgen::module()
}

/// What helpers do: as [`Real::gemm`], alone.
#[wasm_bindgen]
pub fn multiply(size: &[usize], strides: &[usize], beta: f32, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (&[m, k, n], &[row_a, column_a, row_b, column_b]) = (size, strides) else { return };
    f32::gemm((m, k, n), (a, (row_a, column_a)), (b, (row_b, column_b)), beta, (c, n));
}

/// [`Real::gemm`] by all of the team; false where it is not worth it or nobody is there.
pub(crate) fn share(
    (m, k, n): (usize, usize, usize),
    (a, sa): (&[f32], (usize, usize)),
    (b, sb): (&[f32], (usize, usize)),
    beta: f32,
    (c, stride): (&mut [f32], usize),
) -> bool {
    if [m, k, n].map(|size| size as u64).iter().product::<u64>() < ENOUGH || m.min(k).min(n) < LEAST || stride != n {
        return false;
    }
    // Without gaps between their rows there is nothing to be copied in vain.
    let dense = |s: (usize, usize), rows, columns| s == (columns, 1) || s == (1, rows);
    if !dense(sa, m, k) || !dense(sb, k, n) {
        return false;
    }
    // Out of its place while it works: the tasks are products, too.
    let Some(team) = TEAM.take() else { return false };
    let (a, b, c) = (&a[..m * k], &b[..k * n], &mut c[..m * n]);
    let before = if beta == 0.0 { &[][..] } else { &c[..] };
    let shared = team.offer(&[m, k, n], &[sa.0, sa.1, sb.0, sb.1], beta, a, b, before);
    if shared {
        let rows = team.rows();
        let own = |c: &mut [f32], task: usize| {
            let (from, to) = (task * rows, m.min((task + 1) * rows));
            f32::gemm((to - from, k, n), (&a[from * sa.0..], sa), (b, sb), beta, (&mut c[from * n..to * n], n));
        };
        while let Ok(task) = usize::try_from(team.take()) {
            own(c, task);
        }
        let left = team.collect(c);
        (0..TASKS).filter(|task| left >> task & 1 == 1).for_each(|task| own(c, task));
    }
    TEAM.set(Some(team));
    shared
}
