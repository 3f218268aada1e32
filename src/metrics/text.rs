//! What language models and translators are judged by.

use std::f64::consts::LN_2;

use super::share;

/// e^loss, the loss being the mean cross-entropy of a token in nats: among how many equally likely tokens the model as
/// good as chooses.
pub fn perplexity(loss: f64) -> f64 {
    loss.exp()
}

/// The mean cross-entropy of a character, from nats to bits.
pub fn bits_per_character(loss: f64) -> f64 {
    loss / LN_2
}

/// The share of pairs (prediction, reference) that are equal. 0 without pairs.
pub fn exact_match<T: PartialEq>(pairs: impl IntoIterator<Item = (T, T)>) -> f64 {
    let (mut equal, mut count) = (0, 0);
    for (prediction, reference) in pairs {
        equal += u64::from(prediction == reference);
        count += 1;
    }
    share(equal, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_among_n_has_perplexity_n() {
        let loss = 8f64.ln();
        assert!((perplexity(loss) - 8.0).abs() < 1e-12);
        assert!((bits_per_character(loss) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn only_equal_sequences_match() {
        assert_eq!(exact_match([("ab", "ab"), ("ab", "abc"), ("", ""), ("b", "a")]), 0.5);
        assert_eq!(exact_match::<&str>([]), 0.0);
    }
}
