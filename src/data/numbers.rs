//! Numbers in words and in digits.

use serde::Deserialize;

use super::{
    About, Dataset, Manifest, Source, draws,
    pairs::{Pair, Pairs},
};
use crate::error::Result;

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// The longest number of so many digits, one of these, in words.
const LONGEST: [&str; 6] = [
    "seven",
    "seventy-seven",
    "seven hundred seventy-seven",
    "seven thousand seven hundred seventy-seven",
    "seventy-seven thousand seven hundred seventy-seven",
    "seven hundred seventy-seven thousand seven hundred seventy-seven",
];
const WORDS: &str = "abcdefghijklmnopqrstuvwxyz -";
const DIGITS: &str = "0123456789";

/// `{"dataset": "numbers", "to": "digits" | "words", "length": 4, "samples": 20000, "seed": 0}`: `four hundred twelve` → `412`, or the other way
/// round; of at most `length` (3 to 6) digits. Words are \[42\] tokens for `length` 4, digits \[length\]; the target has two more. A
/// number is in one split only.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    #[serde(default)]
    to: To,
    #[serde(default = "length")]
    length: usize,
    #[serde(default = "samples")]
    samples: usize,
    #[serde(default)]
    seed: u32,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    #[default]
    Digits,
    Words,
}

fn length() -> usize {
    4
}

fn samples() -> usize {
    20_000
}

impl Numbers {
    /// What is in words and what in digits, as input and target.
    fn order<T>(&self, words: T, digits: T) -> [T; 2] {
        match self.to {
            To::Digits => [words, digits],
            To::Words => [digits, words],
        }
    }

    fn pairs(&self) -> Pairs<'static> {
        Pairs {
            characters: self.order(WORDS, DIGITS),
            longest: self.order(LONGEST[self.length - 1].len(), self.length),
            samples: self.samples,
            seed: self.seed,
        }
    }
}

impl Source for Numbers {
    fn name(&self) -> &'static str {
        "numbers"
    }

    fn check(&self) -> Result<()> {
        draws::in_range("length", self.length, 3, LONGEST.len())?;
        draws::check_samples(self.samples)
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(self.pairs().about())
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        Some(self.pairs().generate(|draws| {
            // Short ones too, though nearly all numbers are long.
            let short = draws.below(4) == 0;
            let digits = if short { 1 + draws.below(self.length) } else { self.length };
            let number = draws.below(10usize.pow(digits as u32));
            let subject = number.to_string();
            let [x, y] = self.order(words(number), subject.clone());
            Pair { x, y, subject }
        }))
    }
}

/// A number below a million in words.
fn words(number: usize) -> String {
    let rest = |joint: &str, rest: usize| if rest == 0 { String::new() } else { format!("{joint}{}", words(rest)) };
    match number {
        0..20 => SMALL[number].into(),
        20..100 => format!("{}{}", TENS[number / 10], rest("-", number % 10)),
        100..1000 => format!("{} hundred{}", SMALL[number / 100], rest(" ", number % 100)),
        _ => format!("{} thousand{}", words(number / 1000), rest(" ", number % 1000)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::{super::pairs::tests::pairs, *};

    #[test]
    fn numbers_in_words() {
        let cases = [(0, "zero"), (12, "twelve"), (40, "forty"), (412, "four hundred twelve"), (700, "seven hundred")];
        assert!(cases.iter().all(|(number, expected)| words(*number) == *expected));
        assert_eq!(words(90_021), "ninety thousand twenty-one");
        assert_eq!((1..1_000_000).map(words).collect::<HashSet<_>>().len(), 999_999);
    }

    #[test]
    fn the_longest_of_each_length() {
        for (digits, longest) in (1..).zip(LONGEST) {
            let found = (0..10usize.pow(digits)).map(|number| words(number).len()).max();
            assert_eq!(found, Some(longest.len()), "{digits}");
        }
    }

    #[test]
    fn both_directions() {
        for (x, y) in pairs("numbers", json!({})).concat() {
            assert_eq!(x, words(y.parse().unwrap()));
        }
        for (x, y) in pairs("numbers", json!({ "to": "words", "length": 5 })).concat() {
            assert_eq!(y, words(x.parse().unwrap()));
        }
    }
}
