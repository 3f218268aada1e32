//! Sums, digit by digit.

use serde::Deserialize;

use super::{
    About, Dataset, Manifest, Source, draws,
    pairs::{Pair, Pairs},
};
use crate::error::Result;

/// `{"dataset": "addition", "length": 3, "samples": 20000, "seed": 0}`: `123+45` → `168`; summands of 1 to `length` (2 to 9) digits. x tokens
/// \[2 length + 1\], y tokens \[length + 3\]. A sum whose summands change places is in the same split.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addition {
    #[serde(default = "length")]
    length: usize,
    #[serde(default = "samples")]
    samples: usize,
    #[serde(default)]
    seed: u32,
}

fn length() -> usize {
    3
}

fn samples() -> usize {
    20_000
}

impl Addition {
    fn pairs(&self) -> Pairs<'static> {
        Pairs {
            characters: ["0123456789+", "0123456789"],
            longest: [2 * self.length + 1, self.length + 1],
            samples: self.samples,
            seed: self.seed,
        }
    }
}

impl Source for Addition {
    fn name(&self) -> &'static str {
        "addition"
    }

    fn check(&self) -> Result<()> {
        draws::in_range("length", self.length, 2, 9)?;
        draws::check_samples(self.samples)
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(self.pairs().about())
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        Some(self.pairs().generate(|draws| {
            // Long ones are more frequent: there are more of them, and carries to learn.
            let [a, b] = [(); 2].map(|()| {
                let digits = 1 + draws.below(self.length).max(draws.below(self.length));
                draws.below(10usize.pow(digits as u32)) as u64
            });
            let subject = format!("{}+{}", a.min(b), a.max(b));
            Pair { x: format!("{a}+{b}"), y: (a + b).to_string(), subject }
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::super::pairs::tests::pairs;

    #[test]
    fn sums_are_right_and_test_sums_are_new_both_ways() {
        for length in [2, 3, 9] {
            let splits = pairs("addition", json!({ "length": length, "samples": 5000 }));
            for (x, y) in splits.iter().flatten() {
                let sum: u64 = x.split('+').map(|n| n.parse::<u64>().unwrap()).sum();
                assert_eq!(sum.to_string(), *y);
            }
            let turned = |x: &str| x.split_once('+').map(|(a, b)| format!("{b}+{a}")).unwrap();
            let train: HashSet<String> = splits[0].iter().map(|(x, _)| turned(x)).collect();
            assert!(splits[1].iter().all(|(x, _)| !train.contains(x)));
        }
    }
}
