//! Edit distance and the error rates made of it.

use super::share;

/// The least number of insertions, deletions and substitutions that make `a` of `b` (Levenshtein, 1966; computed
/// as Wagner and Fischer, 1974).
pub fn edit_distance<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect(); // distances of a[..i] from each b[..j]
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Edits a token of reference, over a whole corpus: the word error rate of words, the character error rate of characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorRate {
    /// Edits.
    pub edits: u64,
    /// Tokens of the references.
    pub tokens: u64,
}

impl ErrorRate {
    /// Counts a prediction.
    pub fn add<T: PartialEq>(&mut self, prediction: &[T], reference: &[T]) {
        self.edits += edit_distance(prediction, reference) as u64;
        self.tokens += reference.len() as u64;
    }

    /// Edits / tokens; above 1 where predictions are much too long. 0 without tokens.
    pub fn rate(&self) -> f64 {
        share(self.edits, self.tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> usize {
        edit_distance(a.as_bytes(), b.as_bytes())
    }

    #[test]
    fn the_well_known_distances() {
        for (a, b, want) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("saturday", "sunday", 3),
            ("intention", "execution", 5),
            ("abc", "abc", 0),
            ("ab", "ba", 2),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (want, want), "{a} {b}");
        }
    }

    #[test]
    fn the_rate_is_of_the_corpus_not_a_mean_of_rates() {
        let mut rate = ErrorRate::default();
        rate.add(b"ab", b"a");
        rate.add(b"aaaaaaa", b"aaaaaaa");
        assert_eq!(rate.rate(), 1.0 / 8.0);
        assert_eq!(ErrorRate::default().rate(), 0.0);
    }
}
