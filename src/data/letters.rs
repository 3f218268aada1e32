//! Two tasks with a rule that is easy to see: sort digits, reverse letters.

use serde::Deserialize;

use super::{
    About, Dataset, Manifest, Source,
    draws::{self, Draws},
    pairs::{Pair, Pairs},
};
use crate::error::Result;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// `{"dataset": "sort", "length": 8, "samples": 20000, "seed": 0}`: `31415` → `11345`; 3 to `length` (at most 32) digits. x tokens \[length\], y
/// tokens \[length + 2\].
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Sort(Options);

/// `{"dataset": "reverse", "length": 8, "samples": 20000, "seed": 0}`: `abc` → `cba`; 3 to `length` (at most 32) letters. x tokens
/// \[length\], y tokens \[length + 2\].
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Reverse(Options);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default = "length")]
    length: usize,
    #[serde(default = "samples")]
    samples: usize,
    #[serde(default)]
    seed: u32,
}

fn length() -> usize {
    8
}

fn samples() -> usize {
    20_000
}

impl Options {
    fn check(&self) -> Result<()> {
        draws::in_range("length", self.length, 4, 32)?;
        draws::check_samples(self.samples)
    }

    fn pairs(&self, characters: &'static str) -> Pairs<'static> {
        Pairs { characters: [characters; 2], longest: [self.length; 2], samples: self.samples, seed: self.seed }
    }

    fn draw(&self, characters: &str, draws: &mut Draws) -> String {
        let length = 3 + draws.below(self.length - 2);
        (0..length).map(|_| char::from(*draws.pick(characters.as_bytes()))).collect()
    }
}

impl Source for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn check(&self) -> Result<()> {
        self.0.check()
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(self.0.pairs(DIGITS).about())
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        Some(self.0.pairs(DIGITS).generate(|draws| {
            let x = self.0.draw(DIGITS, draws);
            let mut digits: Vec<char> = x.chars().collect();
            digits.sort_unstable();
            Pair { y: digits.into_iter().collect(), subject: x.clone(), x }
        }))
    }
}

impl Source for Reverse {
    fn name(&self) -> &'static str {
        "reverse"
    }

    fn check(&self) -> Result<()> {
        self.0.check()
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(self.0.pairs(LETTERS).about())
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        Some(self.0.pairs(LETTERS).generate(|draws| {
            let x = self.0.draw(LETTERS, draws);
            Pair { y: x.chars().rev().collect(), subject: x.clone(), x }
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::pairs::tests::pairs;

    #[test]
    fn digits_are_sorted() {
        for (x, y) in pairs("sort", json!({})).concat() {
            assert!(y.chars().is_sorted() && (3..=8).contains(&x.len()), "{x} {y}");
            assert!(x.len() == y.len() && x.chars().all(|c| x.matches(c).count() == y.matches(c).count()));
        }
    }

    #[test]
    fn letters_are_reversed() {
        let [train, test] = pairs("reverse", json!({ "length": 5, "samples": 1000 }));
        assert_eq!((train.len(), test.len()), (800, 200));
        for (x, y) in train.iter().chain(&test) {
            assert!(x.chars().eq(y.chars().rev()), "{x} {y}");
        }
    }

    #[test]
    fn options_are_checked() {
        let message = |options| super::super::source("sort", options, "data").unwrap_err().to_string();
        assert!(message(json!({ "length": 2 })).contains("data.length: must be in 4 to 32, got 2"));
        assert!(message(json!({ "size": 2 })).contains("unknown field `size`"));
    }
}
