//! How long it trains, how seeded, what is measured.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::Count;

/// How long it trains, and how it is seeded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSpec {
    /// Samples of a step.
    pub batch_size: BatchSize,
    /// Passes over the training samples.
    #[serde(default = "one")]
    pub epochs: Count,
    /// Steps whose gradients are averaged before the parameters are updated.
    #[serde(default = "one")]
    pub accumulate: Count,
    /// Seeds initial weights, order, dropout and noise.
    #[serde(default)]
    pub seed: u32,
    /// What is measured besides the loss.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Ends the run when validation no longer gets better.
    #[serde(default)]
    pub early_stopping: Option<EarlyStopping>,
}

fn one() -> Count {
    Count(1)
}

/// A number of samples, or `"full"`: all of them, so that each step is one of gradient descent proper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchSize {
    /// So many.
    Samples(usize),
    /// All training samples.
    Full,
}

impl BatchSize {
    /// Of so many training samples.
    pub fn of(self, samples: usize) -> usize {
        match self {
            Self::Samples(n) => n,
            Self::Full => samples,
        }
    }
}

impl<'de> Deserialize<'de> for BatchSize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Value::deserialize(d)? {
            Value::String(word) if word == "full" => Ok(Self::Full),
            value @ Value::Number(_) => {
                Count::deserialize(value).map(|n| Self::Samples(n.0)).map_err(de::Error::custom)
            }
            other => Err(de::Error::custom(format_args!(
                "invalid type: {other}, expected a whole number of at least 1 or \"full\""
            ))),
        }
    }
}

/// Ends a run after `patience` epochs whose validation loss is not below the best; the best parameters come back.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Epochs without a better validation loss.
    pub patience: Count,
    /// How much lower a loss must be to count as better.
    #[serde(default)]
    pub min_delta: f32,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of labels that the largest output is at.
    Accuracy,
    /// Share of labels that are among the five largest outputs.
    Top5,
    /// Mean over the classes of the share of predictions that are right.
    Precision,
    /// Mean over the classes of the share of labels that are found.
    Recall,
    /// Mean over the classes of the harmonic mean of both.
    F1,
    /// How often each class is taken for each.
    ConfusionMatrix,
    /// e to the loss.
    Perplexity,
    /// The loss in bits.
    BitsPerCharacter,
    /// Of sequences: share of those that are right to the end.
    ExactMatch,
    /// Of sequences: edits to the target, over its length.
    TokenErrorRate,
    /// Of sequences: agreement of n-grams (Papineni et al., 2002).
    Bleu,
}

impl Metric {
    /// Whether it is computed from each sample's class and the one that was found.
    pub fn needs_classes(self) -> bool {
        matches!(self, Self::Precision | Self::Recall | Self::F1 | Self::ConfusionMatrix)
    }

    /// Whether whole sequences must be made, token by token.
    pub fn needs_sequences(self) -> bool {
        matches!(self, Self::ExactMatch | Self::TokenErrorRate | Self::Bleu)
    }
}
