//! The way of timing, the same as in bench/common: blocks of steps, each with a wait at its end.

use std::time::{Duration, Instant};

use crate::cli::Failure;

/// When enough is enough.
pub struct Limits {
    /// Blocks are timed for at least this long.
    pub seconds: f64,
    /// The step whose loss is wanted; 0: none.
    pub loss_steps: usize,
}

/// Times blocks of `count` calls for at least `seconds`, at least `least` blocks. Gives ms per call, block by block.
pub fn blocks(
    seconds: f64,
    least: usize,
    count: usize,
    mut block: impl FnMut() -> Result<(), Failure>,
) -> Result<Vec<f64>, Failure> {
    let (start, enough) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut times = Vec::new();
    while times.len() < least || start.elapsed() < enough {
        let begin = Instant::now();
        block()?;
        times.push(begin.elapsed().as_secs_f64() * 1e3 / count as f64);
    }
    Ok(times)
}

/// Middle of the values; of an even number, the mean of both.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn blocks_are_as_many_as_asked() {
        let mut calls = 0;
        let times = blocks(0.0, 3, 10, || {
            calls += 1;
            Ok(())
        });
        assert_eq!((times.unwrap().len(), calls), (3, 3));
    }
}
