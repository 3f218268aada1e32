//! BLEU: how much of a translation is found in reference translations.

use std::{collections::HashMap, hash::Hash};

use super::share;

/// Longest n-gram.
const ORDER: usize = 4;

/// What is done about orders of n-grams of which none is found: without, the score is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Smoothing {
    /// Nothing: Papineni et al., 2002.
    #[default]
    None,
    /// One is added to matches and to n-grams for n > 1: Lin and Och, 2004 (BLEU+1). For small corpora.
    AddOne,
}

/// Corpus BLEU with n-grams up to 4 and the brevity penalty (Papineni et al., 2002), of tokens of any kind. Counts are
/// added up over the corpus before they are divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bleu {
    /// n-grams that were found in a reference, by n − 1; each at most as often as one reference has it.
    matches: [u64; ORDER],
    /// n-grams of the translations.
    ngrams: [u64; ORDER],
    /// Tokens of the translations.
    length: u64,
    /// Tokens of the references that are closest in length.
    reference_length: u64,
}

fn counts<T: Eq + Hash>(tokens: &[T], n: usize) -> HashMap<&[T], u64> {
    let mut counts = HashMap::new();
    for ngram in tokens.windows(n) {
        *counts.entry(ngram).or_insert(0) += 1;
    }
    counts
}

impl Bleu {
    /// Counts a translation and its references, at least one.
    pub fn add<T: Eq + Hash>(&mut self, translation: &[T], references: &[&[T]]) {
        for n in 1..=ORDER {
            let references: Vec<_> = references.iter().map(|reference| counts(reference, n)).collect();
            for (ngram, count) in counts(translation, n) {
                let most = references.iter().filter_map(|counts| counts.get(ngram)).max();
                self.matches[n - 1] += count.min(most.copied().unwrap_or(0));
                self.ngrams[n - 1] += count;
            }
        }
        self.length += translation.len() as u64;
        // Of equally close ones, the shorter.
        let closest = references.iter().map(|r| r.len()).min_by_key(|&len| (len.abs_diff(translation.len()), len));
        self.reference_length += closest.unwrap_or(0) as u64;
    }

    /// The score, from 0 to 1: the geometric mean of the four precisions, times exp(1 − reference length / length) where
    /// the translations are shorter than the references.
    pub fn score(&self, smoothing: Smoothing) -> f64 {
        let mut logs = 0.0;
        for n in 1..=ORDER {
            let added = u64::from(smoothing == Smoothing::AddOne && n > 1);
            logs += share(self.matches[n - 1] + added, self.ngrams[n - 1] + added).ln() / ORDER as f64;
        }
        let penalty = if self.length == 0 { 0.0 } else { 1.0 - self.reference_length as f64 / self.length as f64 };
        (logs + penalty.min(0.0)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    fn bleu(pairs: &[(&str, &[&str])]) -> Bleu {
        let mut bleu = Bleu::default();
        for (translation, references) in pairs {
            let references: Vec<_> = references.iter().map(|r| words(r)).collect();
            let references: Vec<_> = references.iter().map(Vec::as_slice).collect();
            bleu.add(&words(translation), &references);
        }
        bleu
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} instead of {want}");
    }

    /// Papineni et al., 2002, example 2: "the" counts at most as often as a reference has it.
    #[test]
    fn matches_are_clipped() {
        let references: &[&str] = &["the cat is on the mat", "there is a cat on the mat"];
        let bleu = bleu(&[("the the the the the the the", references)]);
        assert_eq!((bleu.matches[0], bleu.ngrams[0]), (2, 7));
        assert_eq!(bleu.score(Smoothing::None), 0.0);
    }

    /// By hand: 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, none of 3 quadruples; equal lengths.
    #[test]
    fn the_score_is_the_geometric_mean_of_the_precisions() {
        let bleu = bleu(&[("the cat sat on the mat", &["the cat is on the mat"])]);
        assert_eq!((bleu.matches, bleu.ngrams), ([5, 3, 1, 0], [6, 5, 4, 3]));
        assert_eq!(bleu.score(Smoothing::None), 0.0);
        near(bleu.score(Smoothing::AddOne), (5.0 / 6.0 * (4.0 / 6.0) * (2.0 / 5.0) * (1.0 / 4.0f64)).powf(0.25));
    }

    #[test]
    fn counts_add_up_over_the_corpus_and_short_translations_are_penalised() {
        let bleu = bleu(&[("a b c d e", &["a b c d f g"]), ("a b c d", &["a b c d e", "x"])]);
        assert_eq!((bleu.matches, bleu.ngrams), ([8, 6, 4, 2], [9, 7, 5, 3]));
        assert_eq!((bleu.length, bleu.reference_length), (9, 11));
        let precisions = 8.0 / 9.0 * (6.0 / 7.0) * (4.0 / 5.0) * (2.0 / 3.0f64);
        near(bleu.score(Smoothing::None), precisions.powf(0.25) * (1.0 - 11.0 / 9.0f64).exp());
    }

    #[test]
    fn perfect_is_one_and_nothing_is_zero() {
        near(bleu(&[("a b c d e", &["a b c d e"])]).score(Smoothing::None), 1.0);
        assert_eq!(bleu(&[("", &["a b"])]).score(Smoothing::AddOne), 0.0);
        assert_eq!(Bleu::default().score(Smoothing::None), 0.0);
    }
}
