//! Which items of a split have arrived.

/// Ranges of items.
#[derive(Clone, Debug)]
pub struct Arrived {
    total: usize,
    ranges: Vec<(usize, usize)>,
}

impl Arrived {
    /// None of so many.
    pub fn new(total: usize) -> Self {
        Self { total, ranges: Vec::new() }
    }

    /// Items of the split.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Items from the first on, without a gap.
    pub fn prefix(&self) -> usize {
        let mut end = 0;
        for &(start, stop) in &self.ranges {
            if start > end {
                break;
            }
            end = end.max(stop);
        }
        end
    }

    /// Items `start..stop` are there.
    pub fn add(&mut self, start: usize, stop: usize) {
        self.ranges.push((start, stop));
        self.ranges.sort_unstable();
    }
}
