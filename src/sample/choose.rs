//! Which token follows.

use crate::random;

/// The stream of random numbers that tokens are drawn from.
const STREAM: u32 = 0x6000_0000;

/// How a token is drawn from probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Below 1 the probable becomes more probable, above 1 less; 0 takes the most probable.
    pub temperature: f32,
    /// Only so many of the most probable; 0: all.
    pub top_k: usize,
    /// Only the most probable that together have this probability (Holtzman et al., 2020); 1: all.
    pub top_p: f32,
    /// The same seed draws the same sequence.
    pub seed: u32,
}

impl Choice {
    /// The most probable.
    pub const GREEDY: Self = Self { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0 };

    /// A token; `index` is its place in the sequence.
    pub fn choose(&self, probabilities: &[f32], index: u32) -> u32 {
        let mut tokens: Vec<(usize, f64)> = probabilities.iter().map(|&p| f64::from(p)).enumerate().collect();
        // Of equals the first, as everywhere.
        tokens.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        if self.temperature <= 0.0 {
            return tokens[0].0 as u32;
        }
        let top = tokens[0].1.max(f64::MIN_POSITIVE);
        for (_, p) in &mut tokens {
            *p = (*p / top).powf(1.0 / f64::from(self.temperature));
        }
        if self.top_k > 0 {
            tokens.truncate(self.top_k);
        }
        let total: f64 = tokens.iter().map(|t| t.1).sum();
        let mut kept = 0.0;
        let enough = tokens.iter().position(|t| {
            kept += t.1;
            kept >= f64::from(self.top_p) * total
        });
        tokens.truncate(enough.map_or(tokens.len(), |last| last + 1));
        let total: f64 = tokens.iter().map(|t| t.1).sum();
        let mut draw = f64::from(random::uniform(self.seed, STREAM, index)) * total;
        for &(token, p) in &tokens {
            draw -= p;
            if draw < 0.0 {
                return token as u32;
            }
        }
        tokens[tokens.len() - 1].0 as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [f32; 4] = [0.1, 0.4, 0.3, 0.2];

    fn shares(choice: Choice) -> [f64; 4] {
        let mut counts = [0.0; 4];
        let n = 20_000;
        (0..n).for_each(|i| counts[choice.choose(&P, i) as usize] += 1.0 / f64::from(n));
        counts
    }

    /// Five standard errors of a share of 0.5 among 20,000.
    const CLOSE: f64 = 0.018;

    #[test]
    fn tokens_come_as_often_as_they_are_probable() {
        let all = Choice { temperature: 1.0, top_k: 0, top_p: 1.0, seed: 3 };
        assert!(shares(all).iter().zip(P).all(|(got, want)| (got - f64::from(want)).abs() < CLOSE));
        let cold = Choice { temperature: 0.5, ..all };
        let squares = P.map(|p| f64::from(p * p) / 0.3);
        assert!(shares(cold).iter().zip(squares).all(|(got, want)| (got - want).abs() < CLOSE));
        assert_eq!(Choice::GREEDY.choose(&P, 7), 1);
    }

    #[test]
    fn unlikely_tokens_are_left_out() {
        let two = Choice { temperature: 1.0, top_k: 2, top_p: 1.0, seed: 3 };
        let half = Choice { temperature: 1.0, top_k: 0, top_p: 0.5, seed: 3 };
        for choice in [two, half] {
            let shares = shares(choice);
            assert_eq!((shares[0], shares[3]), (0.0, 0.0));
            assert!((shares[1] - 4.0 / 7.0).abs() < CLOSE);
        }
    }

    #[test]
    fn a_seed_draws_the_same_again() {
        let choice = Choice { temperature: 1.0, top_k: 0, top_p: 1.0, seed: 3 };
        let other = Choice { seed: 4, ..choice };
        let draw = |c: Choice| (0..50).map(|i| c.choose(&P, i)).collect::<Vec<_>>();
        assert_eq!(draw(choice), draw(choice));
        assert_ne!(draw(choice), draw(other));
    }
}
