//! How parameters start.

use serde::Deserialize;

use crate::random;

/// Distribution of initial weights. With fan_in inputs and fan_out outputs of a weight's unit:
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Uniform, variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010).
    #[default]
    GlorotUniform,
    /// Normal, the same variance.
    GlorotNormal,
    /// Uniform, variance 2 / fan_in (He et al., 2015).
    HeUniform,
    /// Normal, the same variance.
    HeNormal,
    /// Uniform, variance 1 / fan_in (LeCun et al., 1998).
    LecunUniform,
    /// Normal, the same variance.
    LecunNormal,
    /// Uniform within ±1 / √fan_in, variance 1 / (3 fan_in): what PyTorch's layers start with.
    Uniform,
    /// Normal, variance 1: PyTorch's embeddings.
    Normal,
    /// Normal, standard deviation 0.02: GPT-2's embeddings and matrices (Radford et al., 2019).
    SmallNormal,
    /// All zero.
    Zeros,
    /// All one.
    Ones,
}

impl Init {
    /// `count` numbers; the same seed and stream give the same ones.
    pub fn sample(self, seed: u32, stream: u32, count: usize, (fan_in, fan_out): (usize, usize)) -> Vec<f32> {
        let (fan_in, fan_out) = (fan_in.max(1) as f64, fan_out.max(1) as f64);
        let variance = match self {
            Self::GlorotUniform | Self::GlorotNormal => 2.0 / (fan_in + fan_out),
            Self::HeUniform | Self::HeNormal => 2.0 / fan_in,
            Self::LecunUniform | Self::LecunNormal => 1.0 / fan_in,
            Self::Uniform => 1.0 / (3.0 * fan_in),
            Self::Normal => 1.0,
            Self::SmallNormal => 0.02 * 0.02,
            Self::Zeros => return vec![0.0; count],
            Self::Ones => return vec![1.0; count],
        };
        let draw = |i: usize| match self {
            Self::GlorotNormal | Self::HeNormal | Self::LecunNormal | Self::Normal | Self::SmallNormal => {
                random::normal(seed, stream, i as u32) * variance.sqrt()
            }
            _ => (2.0 * f64::from(random::uniform(seed, stream, i as u32)) - 1.0) * (3.0 * variance).sqrt(),
        };
        (0..count).map(|i| draw(i) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variances_are_those_of_the_papers() {
        for (init, variance) in [
            (Init::GlorotUniform, 2.0 / 300.0),
            (Init::GlorotNormal, 2.0 / 300.0),
            (Init::HeUniform, 2.0 / 100.0),
            (Init::HeNormal, 2.0 / 100.0),
            (Init::LecunUniform, 1.0 / 100.0),
            (Init::LecunNormal, 1.0 / 100.0),
            (Init::Uniform, 1.0 / 300.0),
            (Init::Normal, 1.0),
            (Init::SmallNormal, 4e-4),
        ] {
            let n = 50_000;
            let draws = init.sample(1, 2, n, (100, 200));
            let measured = draws.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / n as f64;
            // Five standard errors of a normal's variance: 5 · sqrt(2 / n) = 3.2 %.
            assert!((measured / variance - 1.0).abs() < 0.032, "{init:?}: {measured} for {variance}");
        }
        assert_eq!(Init::Zeros.sample(1, 2, 3, (1, 1)), [0.0; 3]);
    }
}
