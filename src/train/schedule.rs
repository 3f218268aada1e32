//! Which samples a step takes. Depends on the seed only, never on when data arrive.

use crate::{cpu::Step, plan::RING_SLOTS, random};

/// In the first epoch samples are shuffled within blocks of this many, so that training can start
/// with the first shard; later epochs shuffle all.
pub const BLOCK: usize = 5_000;
/// The stream of random numbers that orders epochs; parameters use the streams from 0 on.
const STREAM: u32 = 0x8000_0000;
/// The stream that says by how much windows of text begin later.
const LATE: u32 = 0x7fff_ffff;

/// The steps of a run, one after the other.
#[derive(Clone, Debug)]
pub struct Schedule {
    samples: usize,
    batch: usize,
    seed: u32,
    epoch: u32,
    /// Steps done in all.
    index: u32,
    /// Samples of this epoch done.
    cursor: usize,
    /// Of text: tokens of a sample; samples begin at multiples of it, and later by a number that differs from epoch to
    /// epoch.
    window: Option<usize>,
}

impl Schedule {
    /// `samples` training samples in batches of `batch`.
    pub fn new(samples: usize, batch: usize, seed: u32) -> Self {
        Self { samples, batch, seed, epoch: 0, index: 0, cursor: 0, window: None }
    }

    /// Samples are windows of so many tokens of a text: see [`Schedule::order`].
    #[must_use]
    pub fn windows(mut self, tokens: Option<usize>) -> Self {
        self.window = tokens;
        self
    }

    /// Steps of an epoch; the last may have fewer samples.
    pub fn steps_per_epoch(&self) -> u32 {
        self.samples.div_ceil(self.batch) as u32
    }

    /// Steps done.
    pub fn steps(&self) -> u32 {
        self.index
    }

    /// Whole epochs done.
    pub fn epochs(&self) -> u32 {
        self.epoch
    }

    /// Whether the next step is the first of its epoch.
    pub fn at_start(&self) -> bool {
        self.cursor == 0
    }

    /// Steps left in this epoch.
    pub fn left(&self) -> u32 {
        (self.samples - self.cursor).div_ceil(self.batch) as u32
    }

    /// The seed.
    pub fn seed(&self) -> u32 {
        self.seed
    }

    /// The order of this epoch's samples; of text, where each begins.
    pub fn order(&self) -> Vec<u32> {
        let mut order = self.shuffled();
        if let Some(window) = self.window {
            // From the second epoch on, other windows: but the last one stays, or it would reach beyond the text.
            let late = if self.epoch == 0 { 0 } else { random::bits(self.seed, LATE, self.epoch) % window as u32 };
            for start in &mut order {
                let late = if *start as usize + 1 < self.samples { late } else { 0 };
                *start = *start * window as u32 + late;
            }
        }
        order
    }

    fn shuffled(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.samples as u32).collect();
        let block = if self.epoch == 0 { BLOCK } else { self.samples };
        for (i, block) in order.chunks_mut(block).enumerate() {
            let stream = STREAM | self.epoch << 8 | (i as u32 & 0xff);
            random::shuffle(block, self.seed, stream);
        }
        order
    }

    /// How many samples, from the first on, the next step needs to be there.
    pub fn needs(&self) -> usize {
        if self.epoch > 0 {
            return self.samples;
        }
        let last = (self.cursor + self.batch).min(self.samples);
        last.next_multiple_of(BLOCK).min(self.samples)
    }

    /// The next step, and moves on.
    pub fn next_step(&mut self) -> Step {
        let rows = self.batch.min(self.samples - self.cursor);
        let step = Step {
            slot: self.index % RING_SLOTS as u32,
            index: self.index,
            cursor: self.cursor as u32,
            rows: rows as u32,
            seed: self.seed,
            ..Step::default()
        };
        self.index += 1;
        self.cursor += rows;
        if self.cursor == self.samples {
            self.cursor = 0;
            self.epoch += 1;
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_takes_every_sample_once_and_the_last_batch_what_is_left() {
        let mut schedule = Schedule::new(12_007, 64, 3);
        for epoch in 0..2 {
            let order = schedule.order();
            let mut seen: Vec<u32> = Vec::new();
            for _ in 0..schedule.steps_per_epoch() {
                assert_eq!(schedule.epochs(), epoch);
                let needs = schedule.needs();
                let step = schedule.next_step();
                let batch = &order[step.cursor as usize..][..step.rows as usize];
                assert!(batch.iter().all(|&i| (i as usize) < needs));
                seen.extend(batch);
            }
            assert_eq!(seen.len(), 12_007);
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..12_007));
        }
        assert_eq!(schedule.steps(), 2 * 188);
    }

    #[test]
    fn training_starts_with_the_first_block() {
        let schedule = Schedule::new(60_000, 32, 1);
        assert_eq!(schedule.needs(), BLOCK);
    }

    #[test]
    fn windows_of_text_stay_within_it_and_differ_from_epoch_to_epoch() {
        let mut schedule = Schedule::new(10, 3, 5).windows(Some(64));
        let mut first = schedule.order();
        for _ in 0..schedule.steps_per_epoch() {
            schedule.next_step();
        }
        let mut second = schedule.order();
        first.sort_unstable();
        second.sort_unstable();
        assert!(first.iter().copied().eq((0..10).map(|i| i * 64)));
        assert_eq!((second[9], second.len()), (9 * 64, 10));
        assert_ne!(first[0], second[0]);
        assert!(second[..9].windows(2).all(|pair| pair[1] - pair[0] == 64));
    }

    #[test]
    fn the_order_depends_on_the_seed() {
        assert_eq!(Schedule::new(100, 10, 1).order(), Schedule::new(100, 10, 1).order());
        assert_ne!(Schedule::new(100, 10, 1).order(), Schedule::new(100, 10, 2).order());
    }
}
