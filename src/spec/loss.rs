//! What is minimised.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::ops::Reduction;

/// A loss with its options. Only the valid samples of a batch count.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum Loss {
    /// Softmax cross-entropy of logits \[batch, …, classes\] and labels \[batch, …\], the mean over the labels that
    /// count, as `torch.nn.CrossEntropyLoss`.
    CrossEntropy {
        /// Of a label's probability, the share that goes to all classes alike.
        #[serde(default)]
        label_smoothing: f32,
        /// Labels that don't count; the data's padding token if absent.
        #[serde(default)]
        ignore: Option<u32>,
    },
    /// Binary cross-entropy of logits and targets in 0..1, as `torch.nn.BCEWithLogitsLoss`.
    BinaryCrossEntropy {
        /// What the outputs should be.
        #[serde(default)]
        target: Target,
        /// Over a sample's elements.
        #[serde(default)]
        reduction: Reduction,
    },
    /// Squared error; labels count as one-hot rows.
    Mse {
        /// What the outputs should be.
        #[serde(default)]
        target: Target,
        /// Over a sample's elements.
        #[serde(default)]
        reduction: Reduction,
    },
    /// Absolute error.
    Mae {
        /// What the outputs should be.
        #[serde(default)]
        target: Target,
        /// Over a sample's elements.
        #[serde(default)]
        reduction: Reduction,
    },
    /// Squared error up to `delta`, absolute beyond (Huber, 1964), as `torch.nn.HuberLoss`.
    Huber {
        /// Where it changes.
        #[serde(default = "one")]
        delta: f32,
        /// What the outputs should be.
        #[serde(default)]
        target: Target,
        /// Over a sample's elements.
        #[serde(default)]
        reduction: Reduction,
    },
    /// T² · KL(teacher ‖ student) of softened probabilities, softmax(logits / T) (Hinton et al., 2015).
    Distillation {
        /// The network that teaches: its logits for the same batch.
        teacher: String,
        /// T.
        #[serde(default = "one")]
        temperature: f32,
    },
}

fn one() -> f32 {
    1.0
}

/// What outputs should be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Target {
    /// The data's `y`: `"label"`.
    #[default]
    Label,
    /// The data's `x`, for auto-encoders: `"input"`.
    Input,
    /// One number for all: 1 for real, 0 for made up.
    Number(f32),
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Value::deserialize(d)? {
            Value::String(word) if word == "label" => Ok(Self::Label),
            Value::String(word) if word == "input" => Ok(Self::Input),
            Value::Number(number) => Ok(Self::Number(number.as_f64().unwrap_or_default() as f32)),
            other => {
                Err(de::Error::custom(format_args!("{other} is not known, expected \"label\", \"input\" or a number")))
            }
        }
    }
}
