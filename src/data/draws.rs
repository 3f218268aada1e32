//! Random draws, one after the other: what generated data sets are made with.

use super::dataset::{Dataset, Samples};
use crate::{
    error::{Error, Result},
    random,
};

/// A stream of random numbers that remembers where it is.
#[derive(Clone, Debug)]
pub struct Draws {
    seed: u32,
    stream: u32,
    next: u32,
}

impl Draws {
    /// The beginning of a stream.
    pub fn new(seed: u32, stream: u32) -> Self {
        Self { seed, stream, next: 0 }
    }

    /// 32 bits.
    pub fn bits(&mut self) -> u32 {
        let bits = random::bits(self.seed, self.stream, self.next);
        self.next = self.next.wrapping_add(1);
        bits
    }

    /// In [0, 1).
    pub fn uniform(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / 16_777_216.0
    }

    /// In [from, to).
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.uniform()
    }

    /// Standard normal (Box and Muller, 1958).
    pub fn normal(&mut self) -> f32 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
    }

    /// About standard normal: four bytes' sum. Several times as fast.
    pub fn rough_normal(&mut self) -> f32 {
        // A byte has the mean 127.5 and the variance (256² - 1) / 12; this is the square root of four of these.
        const DEVIATION: f32 = 147.8;
        let sum: u32 = self.bits().to_le_bytes().into_iter().map(u32::from).sum();
        (sum as f32 - 510.0) / DEVIATION
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.bits()) * n as u64) >> 32) as usize
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Train and test: the last fifth is the test.
pub fn counts(samples: usize) -> [usize; 2] {
    [samples - samples / 5, samples / 5]
}

/// Cuts all samples, in order, into train and test.
pub fn split(about: super::About, mut all: Samples) -> Dataset {
    let y_bytes = about.y.as_ref().map_or(0, super::Column::item_bytes);
    let test = Samples {
        x: all.x.split_off(about.counts[0] * about.x.item_bytes()),
        y: all.y.split_off(about.counts[0] * y_bytes),
    };
    Dataset { about, splits: [all, test] }
}

/// Numbers as the bytes of a column.
pub fn bytes(numbers: impl IntoIterator<Item = f32>) -> Vec<u8> {
    numbers.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// # Errors
/// When an option is not in its range.
pub fn in_range<T: PartialOrd + std::fmt::Display + Copy>(option: &str, value: T, least: T, most: T) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::spec(option, format!("must be in {least} to {most}, got {value}")))
}

/// # Errors
/// When there are too few samples to split, or more than a generator should make.
pub fn check_samples(samples: usize) -> Result<()> {
    in_range("samples", samples, 10, 200_000)
}

#[cfg(test)]
pub mod tests {
    use super::{
        super::{Content, Dataset, Source},
        Draws,
    };

    #[test]
    fn normal_draws_have_their_moments() {
        for rough in [false, true] {
            let mut draws = Draws::new(1, 2);
            let draws: Vec<f32> =
                (0..10_000).map(|_| if rough { draws.rough_normal() } else { draws.normal() }).collect();
            let mean = draws.iter().sum::<f32>() / 10_000.0;
            let deviation = (draws.iter().map(|v| v * v).sum::<f32>() / 10_000.0).sqrt();
            // Five standard errors: 5 / sqrt(n), and 5 / sqrt(2 n).
            assert!(mean.abs() < 0.05 && (deviation - 1.0).abs() < 0.036, "{mean} {deviation}");
        }
    }

    /// What holds for every generated data set; returns it.
    pub fn generated(name: &str, options: serde_json::Value) -> Dataset {
        let source = |options| super::super::source(name, options, "data").unwrap();
        let make = |source: &dyn Source| source.generate().unwrap().unwrap();
        let data = make(&*source(options.clone()));
        assert_eq!(data.about, source(options.clone()).about(None).unwrap(), "{name}: known before");
        assert!(data == make(&*source(options.clone())), "{name}: the same again");
        let mut other = options;
        other["seed"] = 1.into();
        assert!(data.splits[0] != make(&*source(other)).splits[0], "{name}: other seeds are others");
        let columns = std::iter::once(&data.about.x).chain(&data.about.y).enumerate();
        for (at, column) in columns {
            column.check().unwrap();
            for (split, count) in data.splits.iter().zip(data.about.counts) {
                let bytes = [&split.x, &split.y][at];
                assert_eq!(bytes.len(), count * column.item_bytes(), "{name}");
                assert_eq!(column.no_class(bytes), None, "{name}");
                if column.content == Content::Numbers {
                    assert!(numbers(bytes).iter().all(|v| v.is_finite()), "{name}");
                }
            }
        }
        data
    }

    /// The numbers in a column.
    pub fn numbers(bytes: &[u8]) -> Vec<f32> {
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    }

    /// Every class is there about as often.
    pub fn balanced(labels: &[u8], classes: usize) {
        for class in 0..classes {
            let share =
                labels.iter().filter(|label| usize::from(**label) == class).count() as f64 / labels.len() as f64;
            assert!((share * classes as f64 - 1.0).abs() < 0.25, "class {class}: {share}");
        }
    }
}
