//! How good the sequences are that a network makes from sequences.

use serde_json::{Map, Value};

use super::Sampler;
use crate::{
    data::{About, END, Samples},
    error::Result,
    metrics::{Bleu, ErrorRate, Smoothing, exact_match},
    spec::Metric,
};

/// Makes the sequences of the first `count` samples, greedily, and compares them with the right ones: `exact_match`,
/// `token_error_rate`, `bleu` (corpus BLEU-4, add-one smoothed), as far as `metrics` ask for them.
///
/// # Errors
/// When the samples are not what `about` says.
pub fn score(
    sampler: &mut Sampler,
    about: &About,
    samples: &Samples,
    count: usize,
    metrics: &[Metric],
) -> Result<Map<String, Value>> {
    let mut report = Map::new();
    let Some(y) = about.y.as_ref().filter(|_| metrics.iter().any(|m| m.needs_sequences())) else { return Ok(report) };
    let pairs = samples.x.chunks_exact(about.x.item_bytes()).zip(samples.y.chunks_exact(y.item_bytes()));
    let (mut errors, mut bleu, mut made) = (ErrorRate::default(), Bleu::default(), Vec::new());
    for (source, wanted) in pairs.take(count) {
        let source: Vec<u32> = source.iter().map(|&token| token.into()).collect();
        let wanted: Vec<u32> = wanted.iter().filter(|&&token| token > END).map(|&token| token.into()).collect();
        let found = sampler.translate(&source)?;
        errors.add(&found, &wanted);
        bleu.add(&found, &[&wanted]);
        made.push((found, wanted));
    }
    let mut put = |metric: Metric, name: &str, value: f64| {
        if metrics.contains(&metric) {
            report.insert(name.into(), (value as f32).into());
        }
    };
    put(Metric::TokenErrorRate, "token_error_rate", errors.rate());
    put(Metric::Bleu, "bleu", bleu.score(Smoothing::AddOne));
    put(Metric::ExactMatch, "exact_match", exact_match(made));
    Ok(report)
}
