//! How the learning rate changes over a run: pure functions of the step.

use std::f64::consts::PI;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::{not_negative, positive};
use crate::error::{Error, Result};

/// A shape, after an optional linear warm-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// What follows the warm-up; its step 0 is the first after it.
    pub shape: Shape,
    /// Steps of warm-up: the n-th of N has n / N of the rate that the shape begins with.
    pub warmup: u32,
}

/// The factor of the learning rate as a function of the step. Where `steps` is not given, it is the rest of the run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub enum Shape {
    /// 1.
    #[default]
    Constant,
    /// Times `factor` after each `every` steps: `torch.optim.lr_scheduler.StepLR`.
    Step {
        /// Steps between.
        every: u32,
        /// What the rate is multiplied by.
        #[serde(default = "tenth")]
        factor: f32,
    },
    /// factor^(step / every): `ExponentialLR`, but smooth between multiples of `every`.
    Exponential {
        /// What the rate is multiplied by.
        factor: f32,
        /// Steps that it takes.
        #[serde(default = "one")]
        every: u32,
    },
    /// From 1 down to `final` along half a cosine (Loshchilov and Hutter, 2017): `CosineAnnealingLR`.
    Cosine {
        /// How long; the rate stays at `final` afterwards.
        #[serde(default)]
        steps: Option<u32>,
        /// The share of the rate that is left.
        #[serde(default, rename = "final")]
        last: f32,
    },
    /// The learning rate is the peak: up to it from 1 / `div_factor` along half a cosine, then down to
    /// 1 / (`div_factor` · `final_div_factor`) (Smith and Topin, 2018): `OneCycleLR`.
    OneCycle {
        /// How long; the rate stays at its end afterwards.
        #[serde(default)]
        steps: Option<u32>,
        /// The share of the steps that go up.
        #[serde(default = "pct_start")]
        pct_start: f32,
        /// Peak / beginning.
        #[serde(default = "div_factor")]
        div_factor: f32,
        /// Beginning / end.
        #[serde(default = "final_div_factor")]
        final_div_factor: f32,
    },
}

fn tenth() -> f32 {
    0.1
}

fn one() -> u32 {
    1
}

fn pct_start() -> f32 {
    0.3
}

fn div_factor() -> f32 {
    25.0
}

fn final_div_factor() -> f32 {
    1e4
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(d)?;
        let warmup = value.as_object_mut().and_then(|map| map.remove("warmup"));
        let warmup = warmup.map_or(Ok(0), |steps| {
            serde_json::from_value(steps).map_err(|e| D::Error::custom(format_args!("warmup: {e}")))
        })?;
        Ok(Self { shape: serde_json::from_value(value).map_err(D::Error::custom)?, warmup })
    }
}

impl Schedule {
    /// # Errors
    /// [`Error::Spec`] with the field.
    pub(super) fn check(&self) -> Result<()> {
        let steps = |name: &str, n: u32| match n {
            0 => Err(Error::spec(name, "must be a whole number of at least 1, got 0")),
            _ => Ok(()),
        };
        match self.shape {
            Shape::Constant => Ok(()),
            Shape::Step { every, factor } | Shape::Exponential { factor, every } => {
                steps("every", every)?;
                positive("factor", factor)
            }
            Shape::Cosine { steps: n, last } => {
                steps("steps", n.unwrap_or(1))?;
                not_negative("final", last)
            }
            Shape::OneCycle { steps: n, pct_start, div_factor, final_div_factor } => {
                steps("steps", n.unwrap_or(1))?;
                if !(pct_start > 0.0 && pct_start < 1.0) {
                    return Err(Error::spec("pct_start", format!("must be between 0 and 1, got {pct_start}")));
                }
                positive("div_factor", div_factor)?;
                positive("final_div_factor", final_div_factor)
            }
        }
    }

    /// What the learning rate is multiplied by in step `step` of a run of `total` steps.
    pub fn factor(&self, step: u32, total: u32) -> f32 {
        let rest = total.saturating_sub(self.warmup);
        let factor = match step.checked_sub(self.warmup) {
            Some(after) => self.shape.factor(after, rest),
            None => self.shape.factor(0, rest) * (f64::from(step) + 1.0) / f64::from(self.warmup),
        };
        factor as f32
    }
}

impl Shape {
    fn factor(&self, step: u32, total: u32) -> f64 {
        match *self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => f64::from(factor).powf(f64::from(step / every)),
            Self::Exponential { factor, every } => f64::from(factor).powf(f64::from(step) / f64::from(every)),
            Self::Cosine { steps, last } => cosine(1.0, last.into(), step.into(), steps.unwrap_or(total).into()),
            Self::OneCycle { steps, pct_start, div_factor, final_div_factor } => {
                // As PyTorch has it: the first and the last step have the rates of beginning and end.
                let total = f64::from(steps.unwrap_or(total));
                let (step, up) = (f64::from(step), f64::from(pct_start) * total - 1.0);
                let begin = 1.0 / f64::from(div_factor);
                let end = begin / f64::from(final_div_factor);
                if step <= up { cosine(begin, 1.0, step, up) } else { cosine(1.0, end, step - up, total - 1.0 - up) }
            }
        }
    }
}

/// From `from` to `to` in `steps` steps along half a cosine.
fn cosine(from: f64, to: f64, step: f64, steps: f64) -> f64 {
    let way = if steps > 0.0 { (step / steps).clamp(0.0, 1.0) } else { 1.0 };
    to + (from - to) * 0.5 * (1.0 + (PI * way).cos())
}
