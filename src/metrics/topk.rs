//! Top-k accuracy.

use super::share;

/// The share of samples whose label is among the `k` largest scores. `ranks`: for each sample, the number of scores that
/// are larger than the label's, as [`crate::ops::rank::Rank`] counts them. 0 without samples.
pub fn top_k_accuracy(ranks: &[u32], k: u32) -> f64 {
    share(ranks.iter().filter(|&&rank| rank < k).count() as u64, ranks.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_below_k_is_a_hit() {
        let ranks = [0, 4, 1, 0, 2];
        assert_eq!([1, 2, 3, 5].map(|k| top_k_accuracy(&ranks, k)), [0.4, 0.6, 0.8, 1.0]);
        assert_eq!(top_k_accuracy(&[], 1), 0.0);
    }
}
