//! Optimizers. One file each: options (serde), the kernel's call, and the CPU twin of the update.
//! All parameters lie in one flat buffer, so an update is one dispatch, or as many as bindings are needed to hold them.

mod adagrad;
mod adam;
pub mod clip;
mod common;
mod lion;
mod rmsprop;
mod schedule;
mod sgd;
#[cfg(test)]
mod tests;

use std::{fmt::Debug, ops::Range};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use common::{Common, Decay, Prepare, Subject};
pub use schedule::{Schedule, Shape};

use crate::{
    cpu::{Real, share},
    error::{Error, Result},
    kernels::{Kernel, Number},
    spec::{Parse, parse},
};

/// The optimizers by their `type`. A new one is a file, a kernel and a line here.
pub const REGISTRY: &[(&str, Parse<dyn Optimizer>)] = &[
    ("sgd", optimizer::<sgd::Sgd>),
    ("adam", optimizer::<adam::Adam<false>>),
    ("adamw", optimizer::<adam::Adam<true>>),
    ("adagrad", optimizer::<adagrad::Adagrad>),
    ("rmsprop", optimizer::<rmsprop::RmsProp>),
    ("lion", optimizer::<lion::Lion>),
];

fn optimizer<R: Rule>(options: Value, path: &str) -> Result<Box<dyn Optimizer>> {
    let Value::Object(mut own) = options else { return Err(Error::spec(path, "must be an object")) };
    let shared = Common::KEYS.iter().filter_map(|&key| own.remove(key).map(|value| (key.to_owned(), value)));
    let shared = Value::Object(shared.collect::<Map<_, _>>());
    let common: Common = parse(shared, path)?;
    // What the rule does not know is unknown; but what all know is to be found too.
    let rule: R = parse(Value::Object(own), path).map_err(|e| match e {
        Error::Spec { path, message } if message.starts_with("unknown field") => {
            Error::spec(path, format!("{message}; of all optimizers: {}", Common::KEYS.join(", ")))
        }
        other => other,
    })?;
    common.check().map_err(|e| e.at(path))?;
    rule.check().map_err(|e| e.at(path))?;
    Ok(Box::new(Optimization { rule, common }))
}

/// # Errors
/// When it is not a positive number.
pub fn check_learning_rate(rate: f32) -> Result<()> {
    positive("learning_rate", rate)
}

/// An update rule with its options.
pub trait Optimizer: Debug + Sync {
    /// Its `type` in experiments.
    fn name(&self) -> &'static str;

    /// The options that all have.
    fn common(&self) -> &Common;

    /// The rate that schedules refer to.
    fn learning_rate(&self) -> f32 {
        self.common().learning_rate
    }

    /// Numbers kept for each parameter.
    fn moments(&self) -> usize;

    /// What the update needs of the learning rate and of the number of updates done before.
    fn hyper(&self, learning_rate: f32, step: u32) -> [f32; 4];

    /// Its kernel and constants for `count` numbers of which the first `matrices` belong to matrices. Bindings:
    /// parameters, gradients, moments; and, composed with [`clip::link`], the factor of [`Common::clip_norm`].
    fn kernel(&self, count: usize, matrices: usize) -> (&'static Kernel, Vec<(&'static str, Number)>);

    /// Updates a parameter `p` by its gradient `g`; `moments` start at zero. In f32.
    fn update_f32(&self, hyper: [f32; 4], subject: Subject, p: &mut [f32], g: &[f32], moments: &mut [Vec<f32>]);

    /// As [`Optimizer::update_f32`], in f64.
    #[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
    fn update_f64(&self, hyper: [f32; 4], subject: Subject, p: &mut [f64], g: &[f64], moments: &mut [Vec<f64>]);
}

/// How a prepared gradient changes a parameter.
trait Rule: Debug + DeserializeOwned + Sync + 'static {
    /// Its `type` in experiments.
    const NAME: &'static str;
    /// Numbers kept for each parameter: one or two.
    const MOMENTS: usize;
    /// Whether weight decay is no part of the gradient.
    const DECOUPLED: bool = false;
    /// Unless told otherwise.
    const WEIGHT_DECAY: f32 = 0.0;

    /// Checks the options.
    ///
    /// # Errors
    /// [`Error::Spec`] with the field.
    fn check(&self) -> Result<()>;

    /// As [`Optimizer::hyper`].
    fn hyper(&self, rate: f32, _step: u32) -> [f32; 4] {
        [rate, 0.0, 0.0, 0.0]
    }

    /// Its kernel, and its own constants.
    fn kernel(&self) -> (&'static Kernel, Vec<(&'static str, Number)>);

    /// The CPU twin of the kernel.
    fn update<T: Real>(&self, hyper: [f32; 4], prepare: Prepare<T>, p: &mut [T], g: &[T], moments: &mut [&mut [T]]);
}

/// A rule with the options that all have.
#[derive(Debug)]
struct Optimization<R> {
    rule: R,
    common: Common,
}

impl<R: Rule> Optimization<R> {
    /// Weight decay: as a part of the gradient, and apart from it.
    fn decay(&self) -> (f32, f32) {
        let decay = self.common.weight_decay.unwrap_or(R::WEIGHT_DECAY);
        if R::DECOUPLED { (0.0, decay) } else { (decay, 0.0) }
    }

    fn update<T: Real>(&self, hyper: [f32; 4], subject: Subject, p: &mut [T], g: &[T], moments: &mut [Vec<T>]) {
        /// Numbers that are worth a thread.
        const ENOUGH: usize = 1 << 13;
        let prepare = self.common.prepare(self.decay(), subject);
        let update = |range: Range<usize>, p: &mut [T], moments: &mut [&mut [T]]| {
            self.rule.update(hyper, prepare, p, &g[range], moments);
        };
        let count = p.len();
        match moments {
            [a] => share([p, a], count, ENOUGH, |range, [p, a]| update(range, p, &mut [a])),
            [a, b] => share([p, a, b], count, ENOUGH, |range, [p, a, b]| update(range, p, &mut [a, b])),
            _ => unreachable!("a rule keeps one or two moments"),
        }
    }
}

impl<R: Rule> Optimizer for Optimization<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn moments(&self) -> usize {
        R::MOMENTS
    }

    fn hyper(&self, learning_rate: f32, step: u32) -> [f32; 4] {
        self.rule.hyper(learning_rate, step)
    }

    fn kernel(&self, count: usize, matrices: usize) -> (&'static Kernel, Vec<(&'static str, Number)>) {
        let (kernel, mut constants) = self.rule.kernel();
        constants.extend(self.common.constants(self.decay(), count, matrices));
        (kernel, constants)
    }

    fn update_f32(&self, hyper: [f32; 4], subject: Subject, p: &mut [f32], g: &[f32], moments: &mut [Vec<f32>]) {
        self.update(hyper, subject, p, g, moments);
    }

    #[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
    fn update_f64(&self, hyper: [f32; 4], subject: Subject, p: &mut [f64], g: &[f64], moments: &mut [Vec<f64>]) {
        self.update(hyper, subject, p, g, moments);
    }
}

/// # Errors
/// When `value` is not in [0, 1).
fn fraction(name: &str, value: f32) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::spec(name, format!("must be in [0, 1), got {value}")))
}

/// # Errors
/// When `value` is negative or not a number.
fn not_negative(name: &str, value: f32) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::spec(name, format!("must be a number of at least 0, got {value}")))
}

/// # Errors
/// When `value` is not a number above 0.
fn positive(name: &str, value: f32) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::spec(name, format!("must be a number above 0, got {value}")))
}
