//! What kernels may count on, and which of several was found fastest.

use std::collections::BTreeMap;

use super::Call;

/// A device as kernels see it. The default one has nothing but WebGPU's core: what every adapter can run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Smallest and largest number of invocations of a subgroup, where kernels may use subgroups.
    pub subgroups: Option<(u32, u32)>,
    /// Whether convolutions gain by fewer products for more memory traffic ([`crate::ops::winograd`]): on software adapters,
    /// which compute at the speed of a CPU but read at nearly that of its caches.
    pub winograd: bool,
    /// Whether it is a GPU: barriers cost little, and thousands of invocations must have something to do.
    pub hardware: bool,
    /// By [`Call::key`] of the portable kernel, the name of the one to take. What is not here is guessed.
    pub choices: BTreeMap<String, String>,
}

/// How kernels with subgroups lay out a workgroup of 64 invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Fours of rows of an invocation's tile.
    pub fours: usize,
    /// Invocations side by side, a multiple of the largest subgroup.
    pub across: usize,
    /// Rows of them.
    pub down: usize,
}

impl Target {
    /// The layout for so many rows, in tiles of 4 · `fours` of them, and columns of tiles; none where subgroups are missing
    /// or too large for it.
    pub fn lanes(&self, columns: usize, rows: usize, fours: usize) -> Option<Lanes> {
        let max = self.subgroup()?;
        let rows = rows.div_ceil(4 * fours);
        // At least half of a subgroup has something to do.
        if columns * 2 < max {
            return None;
        }
        let across = if columns < 8 { max } else { max.max(8) };
        let down = (64 / across).min(rows.next_power_of_two());
        let mut lanes = Lanes { fours, across: 64 / down, down };
        // Few workgroups are shared out badly among processors: then small ones.
        while columns.div_ceil(lanes.across) * rows.div_ceil(lanes.down) < 8 {
            match (lanes.across / 2, lanes.down / 2) {
                (across, _) if across >= max => lanes.across = across,
                (_, down) if down >= 1 => lanes.down = down,
                _ => break,
            }
        }
        Some(lanes)
    }

    /// Fours of rows to give an invocation that has so many rows and fours of columns to share with others. The more, the
    /// fewer loads serve a product. On software adapters from four on the loop outgrows the instruction cache; a GPU must
    /// rather be filled.
    pub fn fours(&self, rows: usize, columns: usize) -> usize {
        /// What a tile costs, as measured on SwiftShader.
        const COST: [usize; 4] = [7, 9, 11, 15];
        let tiles = |fours: usize| rows.div_ceil(4 * fours);
        if self.hardware {
            return (1..=4).rev().find(|&fours| tiles(fours) * columns >= FILLING).unwrap_or(1);
        }
        (1..=4).min_by_key(|&fours| tiles(fours) * COST[fours - 1]).unwrap_or(1)
    }

    /// What a workgroup is a multiple of whose invocations hold numbers for each other in fours: the largest subgroup, if
    /// fours can share and a workgroup of 64 holds it. Sizes are powers of two.
    pub fn subgroup(&self) -> Option<usize> {
        let (min, max) = self.subgroups?;
        (min >= 4 && max <= 64).then_some(max as usize)
    }

    /// The one of several calls for the same op to take: the first is portable, those after it are guesses, the best first.
    pub(crate) fn choose(&self, mut calls: Vec<Call>) -> Call {
        let chosen = self.choices.get(&calls[0].key());
        let index = match chosen.and_then(|name| calls.iter().position(|call| call.kernel.name == name)) {
            Some(index) => index,
            None => calls.iter().skip(1).position(|call| !call.when_timed).map_or(0, |index| index + 1),
        };
        calls.swap_remove(index)
    }
}

/// Invocations that fill a GPU.
const FILLING: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workgroups_hold_whole_subgroups() {
        let lanes = |sizes, columns, rows: usize| {
            Target { subgroups: Some(sizes), ..Target::default() }.lanes(columns, 8 * rows, 2)
        };
        assert_eq!(lanes((4, 4), 25, 20), Some(Lanes { fours: 2, across: 8, down: 8 })); // SwiftShader
        assert_eq!(lanes((4, 4), 25, 4), Some(Lanes { fours: 2, across: 4, down: 2 }));
        assert_eq!(lanes((4, 4), 3, 100), Some(Lanes { fours: 2, across: 4, down: 8 }));
        assert_eq!(lanes((4, 4), 100, 3), Some(Lanes { fours: 2, across: 8, down: 4 }));
        assert_eq!(lanes((8, 8), 100, 20), Some(Lanes { fours: 2, across: 8, down: 8 })); // lavapipe
        assert_eq!(lanes((32, 32), 100, 20), Some(Lanes { fours: 2, across: 32, down: 2 }));
        assert_eq!(lanes((32, 32), 3, 20), None);
        assert_eq!(lanes((32, 128), 1000, 20), None);
        assert_eq!(Target::default().lanes(100, 20, 2), None);
    }

    #[test]
    fn tiles_waste_few_rows() {
        let fours = |rows| Target::default().fours(rows, 100);
        assert_eq!([1, 4, 5, 8, 10, 12, 16, 100, 128, 512].map(fours), [1usize, 1, 2, 2, 3, 3, 4, 3, 4, 3]);
    }

    #[test]
    fn a_gpu_is_filled() {
        let target = Target { hardware: true, ..Target::default() };
        let fours = |n: usize| target.fours(n, n / 4);
        assert_eq!([64, 512, 640, 1024, 4096].map(fours), [1, 1, 1, 4, 4]);
    }
}
